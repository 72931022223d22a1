/**
 * Every colour, size and shadow of the app. Ant Design takes its theme from here, and our own style sheets read the
 * same values as CSS variables (`--ky-…`), so nothing is written twice and both themes come from one file.
 */
import { theme, type ThemeConfig } from 'antd';

export type Mode = 'light' | 'dark';

export const fontFamily =
  '-apple-system, "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
export const fontMono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';

/** Sizes in pixels, on the 8 px grid (4 where halves are needed). */
export const size = {
  navigation: 216,
  navigationFolded: 56,
  topBar: 48,
  bottomBar: 56,
  gridRow: 36,
  gridHead: 36,
  fieldsColumn: 340,
  relatedColumn: 304,
  peek: 480,
  page: 24,
  pageNarrow: 16,
  narrow: 640,
  medium: 1100,
} as const;

interface Palette {
  accent: string;
  accentSoft: string;
  accentText: string;
  onAccent: string;
  text: string;
  text2: string;
  text3: string;
  border: string;
  borderSoft: string;
  ground: string;
  surface: string;
  raised: string;
  hover: string;
  selected: string;
  good: string;
  warning: string;
  bad: string;
  info: string;
  badSoft: string;
  warningSoft: string;
  goodSoft: string;
  shadow: string;
  shadowSmall: string;
  toast: string;
  toastText: string;
  toastAction: string;
  scrim: string;
}

const palettes: Record<Mode, Palette> = {
  light: {
    accent: '#2f5bdb',
    accentSoft: '#eaf0fe',
    accentText: '#274cc0',
    onAccent: '#ffffff',
    text: '#1b1f27',
    text2: '#545b69',
    text3: '#6b7280',
    border: '#dfe2e8',
    borderSoft: '#eceef2',
    ground: '#f6f7f9',
    surface: '#ffffff',
    raised: '#ffffff',
    hover: '#f3f4f7',
    selected: '#edf2fe',
    good: '#1a7f4b',
    warning: '#a45a05',
    bad: '#c8332b',
    info: '#2f5bdb',
    goodSoft: '#e4f5ec',
    warningSoft: '#fdf1dc',
    badSoft: '#fdeceb',
    shadow: '0 8px 28px rgba(18, 24, 40, 0.14), 0 1px 3px rgba(18, 24, 40, 0.08)',
    shadowSmall: '0 1px 2px rgba(18, 24, 40, 0.06)',
    toast: '#23272f',
    toastText: '#f3f4f6',
    toastAction: '#9db8ff',
    scrim: 'rgba(18, 24, 40, 0.4)',
  },
  dark: {
    accent: '#5b82f5',
    accentSoft: '#1d2744',
    accentText: '#9ab4ff',
    onAccent: '#ffffff',
    text: '#e8eaee',
    text2: '#adb3bf',
    text3: '#8f96a3',
    border: '#33373f',
    borderSoft: '#272a31',
    ground: '#121316',
    surface: '#191b1f',
    raised: '#212429',
    hover: '#23262c',
    selected: '#1f2943',
    good: '#5cc48d',
    warning: '#e0a04a',
    bad: '#f2827b',
    info: '#86a5ff',
    goodSoft: '#16301f',
    warningSoft: '#352611',
    badSoft: '#3b1c1b',
    shadow: '0 8px 28px rgba(0, 0, 0, 0.5), 0 1px 3px rgba(0, 0, 0, 0.4)',
    shadowSmall: '0 1px 2px rgba(0, 0, 0, 0.4)',
    toast: '#e8eaee',
    toastText: '#1b1f27',
    toastAction: '#274cc0',
    scrim: 'rgba(0, 0, 0, 0.6)',
  },
};

/** Soft colours of stages and choices: [ground, text] in each theme, every pair at AA contrast. */
export const choiceColors: Record<string, Record<Mode, readonly [string, string]>> = {
  gray: { light: ['#eef0f3', '#4b5260'], dark: ['#2b2e35', '#b9bfca'] },
  blue: { light: ['#e6effe', '#2450b8'], dark: ['#1b2b4d', '#9dbbff'] },
  cyan: { light: ['#def3f7', '#0d6375'], dark: ['#10333b', '#7fd2e3'] },
  green: { light: ['#e2f4e9', '#186a3f'], dark: ['#15321f', '#80d3a3'] },
  lime: { light: ['#eef6da', '#4d6510'], dark: ['#2a3313', '#bcd675'] },
  gold: { light: ['#fbf1d2', '#7a5604'], dark: ['#362b0f', '#e6c365'] },
  orange: { light: ['#fdebdc', '#944408'], dark: ['#3b2412', '#f0ad77'] },
  red: { light: ['#fde8e7', '#ae2a24'], dark: ['#3f1d1d', '#f79a94'] },
  magenta: { light: ['#fce6f1', '#a02463'], dark: ['#3b1b2c', '#f093bf'] },
  purple: { light: ['#efe9fd', '#5d3bb5'], dark: ['#2a2146', '#bda4f9'] },
};

/** Names that definitions may use for the colours above. */
export const colorAliases: Record<string, string> = {
  grey: 'gray',
  default: 'gray',
  teal: 'cyan',
  yellow: 'gold',
  amber: 'gold',
  pink: 'magenta',
  violet: 'purple',
  indigo: 'blue',
  success: 'green',
  warning: 'gold',
  danger: 'red',
  error: 'red',
  processing: 'blue',
};

/** The CSS variables of a theme, `--ky-…`. */
export function cssVariables(mode: Mode): Record<string, string> {
  const variables: Record<string, string> = { '--ky-font': fontFamily, '--ky-mono': fontMono };
  for (const [name, value] of Object.entries(palettes[mode])) {
    variables[`--ky-${name.replace(/[A-Z0-9]/g, (c) => '-' + c.toLowerCase())}`] = value as string;
  }
  for (const [name, value] of Object.entries(size)) {
    variables[`--ky-size-${name.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase())}`] = `${value}px`;
  }
  for (const [name, pair] of Object.entries(choiceColors)) {
    variables[`--ky-choice-${name}`] = pair[mode][0];
    variables[`--ky-choice-${name}-text`] = pair[mode][1];
  }
  return variables;
}

/** Ant Design's theme for a mode. */
export function antTheme(mode: Mode, still = false): ThemeConfig {
  const p = palettes[mode];
  return {
    cssVar: { key: `ky-${mode}` },
    hashed: false,
    algorithm: mode === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      fontFamily,
      fontSize: 14,
      colorPrimary: p.accent,
      colorLink: p.accentText,
      colorInfo: p.info,
      colorSuccess: p.good,
      colorWarning: p.warning,
      colorError: p.bad,
      colorText: p.text,
      colorTextSecondary: p.text2,
      colorTextTertiary: p.text3,
      colorTextDescription: p.text3,
      colorTextPlaceholder: p.text3,
      colorBorder: p.border,
      colorBorderSecondary: p.borderSoft,
      colorBgLayout: p.ground,
      colorBgContainer: p.surface,
      colorBgElevated: p.raised,
      colorBgMask: p.scrim,
      borderRadius: 6,
      borderRadiusLG: 8,
      controlHeight: 32,
      controlHeightSM: 28,
      controlItemBgHover: p.hover,
      controlItemBgActive: p.selected,
      boxShadow: p.shadow,
      boxShadowSecondary: p.shadow,
      // Where no motion is wanted there is none: a popup that waits for the end of one cut short would never show.
      motion: !still,
      motionDurationFast: '0.08s',
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.15s',
      wireframe: false,
    },
    components: {
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', fontWeight: 500 },
      Tabs: { horizontalItemPadding: '8px 0', horizontalItemGutter: 24, titleFontSize: 14 },
      Modal: { titleFontSize: 16 },
      Select: { optionHeight: 32, optionPadding: '5px 10px', optionSelectedFontWeight: 500 },
      Dropdown: { paddingBlock: 5 },
      Tooltip: { fontSize: 12 },
    },
  };
}
