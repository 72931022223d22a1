import { Button, Input } from 'antd';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import { session as api } from '@/api/endpoints';
import { useProblemText } from '@/records/problems';
import styles from './session.module.css';

/** The current password and the new one twice. */
export function PasswordForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('session');
  const explain = useProblemText();
  const [current, setCurrent] = useState('');
  const [wanted, setWanted] = useState('');
  const [repeated, setRepeated] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (wanted !== repeated) {
      setProblem(t('notTheSame'));
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      await api.changePassword({ current_password: current, new_password: wanted });
      onDone();
    } catch (error) {
      setProblem(error instanceof ApiProblem ? (Object.values(error.byField)[0] ?? explain(error)) : explain(error));
    } finally {
      setBusy(false);
    }
  };

  const password = (name: string, label: string, value: string, set: (text: string) => void, auto: string) => (
    <label className={styles.field}>
      <span>{label}</span>
      <Input.Password name={name} size="large" value={value} onChange={(event) => set(event.target.value)} autoComplete={auto} />
    </label>
  );

  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      {password('current', t('currentPassword'), current, setCurrent, 'current-password')}
      {password('new', t('newPassword'), wanted, setWanted, 'new-password')}
      {password('repeat', t('repeatPassword'), repeated, setRepeated, 'new-password')}
      {problem && (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
      <Button type="primary" size="large" htmlType="submit" block loading={busy} disabled={!current || !wanted || !repeated}>
        {t('changePassword')}
      </Button>
    </form>
  );
}

/** Stands before everything else until the password given at set-up is changed. */
export function MustChangePassword({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('session');
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <h1 className={styles.heading}>{t('mustChangeTitle')}</h1>
        <p className={styles.hint}>{t('mustChangeText')}</p>
        <PasswordForm onDone={onDone} />
      </div>
    </main>
  );
}
