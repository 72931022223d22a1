/**
 * The words of the app: one file an area and language (`zh/list.json`, `en/list.json`), loaded for the language in
 * use and switched at once. Labels of objects, fields and choices are not here: definitions carry them.
 */
import i18next, { type InitOptions } from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '@/api/contract';

const loaders = import.meta.glob<Record<string, unknown>>('./{zh,en}/*.json', { import: 'default' });
const stored = 'keyuan.language';

/** The area names, `common`, `list`, …: every file of a language. */
export const areas = Object.keys(loaders)
  .filter((path) => path.startsWith('./zh/'))
  .map((path) => path.slice('./zh/'.length, -'.json'.length));

async function load(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, 'common')) return;
  await Promise.all(
    areas.map(async (area) => {
      const words = await loaders[`./${language}/${area}.json`]!();
      i18next.addResourceBundle(language, area, words);
    }),
  );
}

/** The language chosen on this device, or the browser's; Chinese where neither says. */
export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(stored);
  if (chosen === 'zh' || chosen === 'en') return chosen;
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

/** True where somebody chose the language on this device. */
export function languageChosen(): boolean {
  return localStorage.getItem(stored) !== null;
}

/** A label inside of an English sentence: small, as other words are, unless it is written in its own way. */
export const inside = (label: unknown): string => String(label).replace(/^[A-Z](?=[a-z]+(?:\s|$))/, (letter) => letter.toLowerCase());

function apply(language: Language): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** Loads the words of a language and switches the whole app to it; `remember` keeps it on this device. */
export async function setLanguage(language: Language, remember = true): Promise<void> {
  await load(language);
  if (remember) localStorage.setItem(stored, language);
  apply(language);
  await i18next.changeLanguage(language);
}

/** Starts i18next with the preferred language. */
export async function startI18n(language: Language = preferredLanguage()): Promise<void> {
  const options: InitOptions = {
    lng: language,
    fallbackLng: false,
    ns: areas,
    defaultNS: 'common',
    resources: {},
    partialBundledLanguages: true,
    interpolation: { escapeValue: false },
    returnNull: false,
    react: { useSuspense: false },
  };
  await i18next.use(initReactI18next).init(options);
  i18next.services.formatter?.add('inside', inside);
  await load(language);
  apply(language);
}

/** The language in use, outside of components. */
export function currentLanguage(): Language {
  return i18next.language === 'en' ? 'en' : 'zh';
}

export { i18next };
