import { App, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { antTheme, cssVariables, type Mode } from './tokens';
import { useMedia } from './use';

export type Appearance = Mode | 'system';
const stored = 'keyuan.appearance';
const dark = window.matchMedia('(prefers-color-scheme: dark)');

function chosen(): Appearance {
  const value = localStorage.getItem(stored);
  return value === 'light' || value === 'dark' ? value : 'system';
}

interface Theme {
  appearance: Appearance;
  mode: Mode;
  setAppearance: (appearance: Appearance) => void;
}

const ThemeContext = createContext<Theme>({ appearance: 'system', mode: 'light', setAppearance: () => undefined });

/** The appearance chosen (light, dark, system), the mode that results, and how to change it. */
export const useTheme = (): Theme => useContext(ThemeContext);

/** Puts the tokens of the chosen mode at the root and gives Ant Design the same theme and the language in use. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  const [appearance, setAppearance] = useState<Appearance>(chosen);
  const [systemDark, setSystemDark] = useState(dark.matches);
  const mode: Mode = appearance === 'system' ? (systemDark ? 'dark' : 'light') : appearance;
  const still = useMedia('(prefers-reduced-motion: reduce)');
  const ant = useMemo(() => antTheme(mode, still), [mode, still]);
  const { i18n } = useTranslation();

  useEffect(() => {
    const listen = (event: MediaQueryListEvent) => setSystemDark(event.matches);
    dark.addEventListener('change', listen);
    return () => dark.removeEventListener('change', listen);
  }, []);

  useEffect(() => {
    const root = document.documentElement;
    root.dataset.theme = mode;
    root.style.colorScheme = mode;
    for (const [name, value] of Object.entries(cssVariables(mode))) root.style.setProperty(name, value);
  }, [mode]);

  const value = useMemo<Theme>(
    () => ({
      appearance,
      mode,
      setAppearance: (next) => {
        if (next === 'system') localStorage.removeItem(stored);
        else localStorage.setItem(stored, next);
        setAppearance(next);
      },
    }),
    [appearance, mode],
  );

  return (
    <ThemeContext.Provider value={value}>
      <ConfigProvider
        theme={ant}
        locale={i18n.language === 'en' ? enUS : zhCN}
        button={{ autoInsertSpace: false }}
        wave={{ disabled: true }}
      >
        <App className="ky-app">{children}</App>
      </ConfigProvider>
    </ThemeContext.Provider>
  );
}
