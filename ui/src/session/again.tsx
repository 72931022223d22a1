import { Modal } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { connection } from '@/api/client';
import type { Session } from '@/api/contract';
import { keys } from '@/records/keys';
import { SignInForm } from './form';

interface Waiter {
  resolve: () => void;
  reject: (error: Error) => void;
}

/** Asks to sign in again over the page when the session has ended; what was typed below stays as it is. */
export function SignInAgain({ session }: { session: Session }) {
  const { t } = useTranslation('session');
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const waiters = useRef<Waiter[]>([]);

  useEffect(() => {
    connection.signInAgain = () =>
      new Promise<void>((resolve, reject) => {
        waiters.current.push({ resolve, reject });
        setAsking(true);
      });
    return () => {
      connection.signInAgain = null;
    };
  }, []);

  const finish = (run: (waiter: Waiter) => void) => {
    setAsking(false);
    for (const waiter of waiters.current.splice(0)) run(waiter);
  };

  return (
    <Modal
      open={asking}
      title={t('endedTitle')}
      footer={null}
      width={400}
      mask={{ closable: false }}
      onCancel={() => finish((waiter) => waiter.reject(new Error('session ended')))}
      destroyOnHidden
    >
      <p>{t('endedText')}</p>
      <SignInForm
        login={session.user.email ?? undefined}
        organisation={session.organisation.slug}
        onDone={(renewed) => {
          if (renewed.user.id !== session.user.id) window.location.assign('/');
          client.setQueryData(keys.session, renewed);
          finish((waiter) => waiter.resolve());
        }}
      />
    </Modal>
  );
}
