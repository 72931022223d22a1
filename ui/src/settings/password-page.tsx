import { useTranslation } from 'react-i18next';
import { useToast } from '@/design/toast';
import { useSession } from '@/session/context';
import { PasswordForm } from '@/session/password';
import { useState } from 'react';
import styles from './settings.module.css';

/** Changes one's own password. */
export function PasswordPage() {
  const { t } = useTranslation('settings');
  const toast = useToast();
  const { organisation } = useSession();
  const [times, setTimes] = useState(0);
  return (
    <div className={styles.body}>
      <div className={styles.bar}>
        <h2>{t('password')}</h2>
      </div>
      <div className={styles.narrow}>
        <PasswordForm
          key={times}
          organisation={organisation}
          onDone={() => {
            setTimes(times + 1);
            toast.show({ text: t('passwordChanged') });
          }}
        />
      </div>
    </div>
  );
}
