import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { connection } from '@/api/client';
import { Boundary } from '@/design/boundary';
import { useNarrow, useStored } from '@/design/use';
import { ConflictDialog } from '@/views/record/conflict-dialog';
import styles from './frame.module.css';
import { useKeys } from './keys';
import { BottomBar } from './bottom-bar';
import { Navigation } from './navigation';
import { ShellContext } from './context';
import { TopBar } from './top-bar';

const loadPalette = () => import('./palette');
const Palette = lazy(() => loadPalette().then((m) => ({ default: m.Palette })));
const KeySheet = lazy(() => import('./key-sheet').then((m) => ({ default: m.KeySheet })));

/** The frame of every page: navigation, top bar, palette, keys. */
export function Frame() {
  const { t } = useTranslation('shell');
  const narrow = useNarrow();
  const navigate = useNavigate();
  const location = useLocation();
  const [folded, setFolded] = useStored('navigation.folded', false);
  const [palette, setPalette] = useState(false);
  const [sheet, setSheet] = useState(false);
  const [reachable, setReachable] = useState(true);

  useEffect(() => {
    connection.online = setReachable;
    // The palette answers at once when it is first opened.
    const timer = window.setTimeout(() => void loadPalette(), 2000);
    return () => window.clearTimeout(timer);
  }, []);

  useKeys({
    'mod+k': () => setPalette((open) => !open),
    '?': () => setSheet(true),
    'mod+,': () => void navigate({ to: '/settings' }),
  });

  return (
    <ShellContext.Provider value={{ openPalette: () => setPalette(true), openKeys: () => setSheet(true) }}>
      <a href="#content" className={styles.skip}>
        {t('skip')}
      </a>
      <div className={styles.frame} data-folded={folded || undefined}>
        {!narrow && <Navigation folded={folded} onFold={setFolded} />}
        <div className={styles.main}>
          <TopBar />
          {!reachable && (
            <div role="status" className={styles.offline}>
              {t('offline')}
            </div>
          )}
          <main id="content" className={styles.content} tabIndex={-1}>
            <Boundary mark={location.pathname}>
              <Outlet />
            </Boundary>
          </main>
          {narrow && <BottomBar />}
        </div>
      </div>
      <ConflictDialog />
      <Suspense fallback={null}>
        {palette && <Palette onClose={() => setPalette(false)} />}
        {sheet && <KeySheet onClose={() => setSheet(false)} />}
      </Suspense>
    </ShellContext.Provider>
  );
}
