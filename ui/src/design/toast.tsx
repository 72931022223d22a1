import { X } from 'lucide-react';
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './toast.module.css';

export interface Toast {
  text: ReactNode;
  tone?: 'plain' | 'bad';
  action?: { label: string; run: () => void };
}

interface Toaster {
  show: (toast: Toast) => void;
  hide: () => void;
}

const ToastContext = createContext<Toaster>({ show: () => undefined, hide: () => undefined });
const seconds = 10;

/** Short messages at the foot of the window, each with at most one action (undo), for ten seconds. */
export const useToast = (): Toaster => useContext(ToastContext);

interface Shown extends Toast {
  key: number;
}

/** Shows one message at a time: a new one takes the place of the last. Hovering keeps it. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<Shown | null>(null);
  const [held, setHeld] = useState(false);
  const next = useRef(0);

  const hide = useCallback(() => setShown(null), []);
  const show = useCallback((toast: Toast) => setShown({ ...toast, key: ++next.current }), []);
  const toaster = useMemo(() => ({ show, hide }), [show, hide]);

  useEffect(() => {
    if (!shown || held) return;
    const timer = window.setTimeout(hide, seconds * 1000);
    return () => window.clearTimeout(timer);
  }, [shown, held, hide]);

  return (
    <ToastContext.Provider value={toaster}>
      {children}
      <div className={styles.place} role="status" aria-live="polite">
        {shown && (
          <div
            key={shown.key}
            className={styles.toast}
            data-tone={shown.tone ?? 'plain'}
            data-testid="toast"
            onPointerEnter={() => setHeld(true)}
            onPointerLeave={() => setHeld(false)}
          >
            <span className={styles.text}>{shown.text}</span>
            {shown.action && (
              <button
                type="button"
                className={styles.action}
                onClick={() => {
                  const run = shown.action!.run;
                  hide();
                  run();
                }}
              >
                {shown.action.label}
              </button>
            )}
            <button type="button" className={styles.close} aria-label={t('close')} onClick={hide}>
              <X size={14} />
            </button>
          </div>
        )}
      </div>
    </ToastContext.Provider>
  );
}
