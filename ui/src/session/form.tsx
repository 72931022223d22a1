import { Button, Input, type InputRef } from 'antd';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, connection } from '@/api/client';
import type { Session } from '@/api/contract';
import { session as api } from '@/api/endpoints';
import { useProblemText } from '@/records/problems';
import styles from './session.module.css';

interface SignInFormProps {
  onDone: (session: Session) => void;
  /** The name to sign in with again; it cannot be changed then. */
  login?: string;
  organisation?: string;
}

/** Login and password; the organisation is asked for only when the server needs it to tell. */
export function SignInForm({ onDone, login: given, organisation: belongs }: SignInFormProps) {
  const { t } = useTranslation('session');
  const explain = useProblemText();
  const [login, setLogin] = useState(given ?? '');
  const [password, setPassword] = useState('');
  const [organisation, setOrganisation] = useState(belongs ?? '');
  const [askOrganisation, setAskOrganisation] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const first = useRef<InputRef>(null);

  useEffect(() => first.current?.focus(), []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!login.trim() || !password) {
      setProblem(t('bothNeeded'));
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      const { data } = await api.signIn({ login: login.trim(), password, ...(organisation ? { organisation } : {}) });
      connection.csrf = data.csrf_token;
      onDone(data);
    } catch (error) {
      if (error instanceof ApiProblem && (error.byField.organisation || error.code.includes('organisation'))) setAskOrganisation(true);
      setProblem(explain(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      <label className={styles.field}>
        <span>{t('login')}</span>
        <Input
          ref={given ? undefined : first}
          name="login"
          size="large"
          value={login}
          onChange={(event) => setLogin(event.target.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          readOnly={Boolean(given)}
        />
      </label>
      <label className={styles.field}>
        <span>{t('password')}</span>
        <Input.Password
          ref={given ? first : undefined}
          name="password"
          size="large"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
        />
      </label>
      {askOrganisation && (
        <label className={styles.field}>
          <span>{t('organisation')}</span>
          <Input name="organisation" size="large" value={organisation} onChange={(event) => setOrganisation(event.target.value)} autoFocus />
        </label>
      )}
      {problem && (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
      <Button type="primary" size="large" htmlType="submit" block loading={busy}>
        {t('signIn')}
      </Button>
    </form>
  );
}
