import { useEffect, useState, useSyncExternalStore } from 'react';
import { size } from './tokens';

const media = new Map<string, MediaQueryList>();
const query = (text: string): MediaQueryList => {
  let found = media.get(text);
  if (!found) media.set(text, (found = window.matchMedia(text)));
  return found;
};

/** Whether a media query holds, followed as it changes. */
export function useMedia(text: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      query(text).addEventListener('change', changed);
      return () => query(text).removeEventListener('change', changed);
    },
    () => query(text).matches,
  );
}

/** True on a phone's width, where lists are cards and the navigation lies at the foot. */
export const useNarrow = (): boolean => useMedia(`(max-width: ${size.narrow}px)`);

/** True once `milliseconds` have passed while `waiting`: a skeleton that would only flash is not shown. */
export function useDelayed(waiting: boolean, milliseconds = 150): boolean {
  const [due, setDue] = useState(false);
  useEffect(() => {
    if (!waiting) {
      setDue(false);
      return;
    }
    const timer = window.setTimeout(() => setDue(true), milliseconds);
    return () => window.clearTimeout(timer);
  }, [waiting, milliseconds]);
  return waiting && due;
}

/** The value as it was when it last stood still for that long. */
export function useSettled<T>(value: T, milliseconds = 200): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), milliseconds);
    return () => window.clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/** The title of the window: the page, then the product. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Keyuan` : 'Keyuan';
  }, [title]);
}

/** A value kept on this device under a name. */
export function useStored<T>(name: string, initial: T): [T, (value: T) => void] {
  const key = `keyuan.${name}`;
  const read = (): T => {
    try {
      const text = localStorage.getItem(key);
      return text === null ? initial : (JSON.parse(text) as T);
    } catch {
      return initial;
    }
  };
  const [state, setState] = useState<{ key: string; value: T }>(() => ({ key, value: read() }));
  const current = state.key === key ? state.value : read();
  return [
    current,
    (value) => {
      try {
        localStorage.setItem(key, JSON.stringify(value));
      } catch {
        // A full or forbidden store only means that it is forgotten with the page.
      }
      setState({ key, value });
    },
  ];
}
