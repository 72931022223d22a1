import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useTitle } from '@/design/use';
import { keys } from '@/records/keys';
import { LanguageSwitch, ThemeSwitch } from '@/shell/switches';
import { SignInForm } from './form';
import styles from './session.module.css';

const route = getRouteApi('/sign-in');

/** The first page: who are you. */
export function SignInPage() {
  const { t } = useTranslation('session');
  const { next } = route.useSearch();
  const router = useRouter();
  const client = useQueryClient();
  useTitle(t('signIn'));
  return (
    <main className={styles.page}>
      <div className={styles.switches}>
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <div className={styles.card}>
        <div className={styles.brand}>
          <img src="/icon.svg" width={32} height={32} alt="" />
          <span>{t('product')}</span>
        </div>
        <h1 className={styles.heading}>{t('welcome')}</h1>
        <SignInForm
          onDone={(session) => {
            client.clear();
            client.setQueryData(keys.session, session);
            // Only a path of this app: never an address from outside.
            router.history.replace(next?.startsWith('/') && !next.startsWith('//') ? next : '/');
          }}
        />
      </div>
    </main>
  );
}
