import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, Unreachable } from '@/api/client';

/** A failure in words for the person: what the server said, or what the app knows. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation('errors');
  return useCallback(
    (error: unknown) => {
      if (error instanceof Unreachable) return t('unreachable');
      if (error instanceof ApiProblem) return error.document.detail || error.document.title || t('unknown');
      return t('unknown');
    },
    [t],
  );
}
