import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Label, Language } from '@/api/contract';
import { useSession } from '@/session/context';
import { dayOf } from './format';

/** The language in use. */
export function useLanguage(): Language {
  return useTranslation().i18n.language === 'en' ? 'en' : 'zh';
}

/** Reads a label in the language in use. */
export function useLabel(): (label: Label | null | undefined) => string {
  const language = useLanguage();
  return useCallback((label) => (label ? label[language] || label.zh || label.en : ''), [language]);
}

/** What writing values depends on: language, the organisation's time zone and currency, the day it is there. */
export interface Setting {
  language: Language;
  zone: string;
  currency: string;
  today: string;
}

/** The setting of this person and organisation. */
export function useSetting(): Setting {
  const language = useLanguage();
  const { organisation } = useSession();
  return useMemo(
    () => ({
      language,
      zone: organisation.time_zone,
      currency: organisation.currency,
      today: dayOf(new Date(), organisation.time_zone),
    }),
    [language, organisation],
  );
}
