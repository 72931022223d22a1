import { createContext, useContext } from 'react';

interface Shell {
  openPalette: () => void;
  openKeys: () => void;
}

export const ShellContext = createContext<Shell>({ openPalette: () => undefined, openKeys: () => undefined });

/** What pages may ask of the frame. */
export const useShell = (): Shell => useContext(ShellContext);
