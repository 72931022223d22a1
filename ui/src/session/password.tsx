import { Button, Input } from 'antd';
import { useId, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import type { Organisation } from '@/api/contract';
import { session as api } from '@/api/endpoints';
import { useProblemText } from '@/records/problems';
import { LanguageSwitch, ThemeSwitch } from '@/shell/switches';
import styles from './session.module.css';

type Part = 'current' | 'new' | 'repeat';

/** The names of the fields in the request. */
const parts: Record<string, Part> = { current_password: 'current', new_password: 'new' };

interface PasswordFormProps {
  /** Whose rules a new password has to keep. */
  organisation: Pick<Organisation, 'password_length' | 'password_classes'>;
  onDone: () => void;
}

/** The current password and the new one twice, with what the new one needs; what is wrong is said at its field. */
export function PasswordForm({ organisation, onDone }: PasswordFormProps) {
  const { t } = useTranslation('session');
  const explain = useProblemText();
  const id = useId();
  const [values, setValues] = useState<Record<Part, string>>({ current: '', new: '', repeat: '' });
  const [errors, setErrors] = useState<Partial<Record<Part, string>>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const refuse = (found: Partial<Record<Part, string>>) => {
    setErrors(found);
    const [first] = (['current', 'new', 'repeat'] as const).filter((part) => found[part]);
    if (first) form.current?.querySelector<HTMLInputElement>(`input[name=${first}]`)?.focus();
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    if (values.new !== values.repeat) return refuse({ repeat: t('notTheSame') });
    setBusy(true);
    setErrors({});
    try {
      await api.changePassword({ current_password: values.current, new_password: values.new });
      onDone();
    } catch (error) {
      const found: Partial<Record<Part, string>> = {};
      for (const { field, message } of (error instanceof ApiProblem && error.document.errors) || []) {
        const part = parts[field];
        if (part) found[part] = found[part] ? `${found[part]} · ${message}` : message;
      }
      if (Object.keys(found).length > 0) refuse(found);
      else setProblem(explain(error));
    } finally {
      setBusy(false);
    }
  };

  const { password_length: length, password_classes: classes } = organisation;
  const rule = t(classes > 1 ? 'rulePasswordKinds' : 'rulePassword', { length, classes });

  const password = (part: Part, label: string, auto: string, help?: string) => (
    <div className={styles.field}>
      <label htmlFor={id + part}>{label}</label>
      <Input.Password
        id={id + part}
        name={part}
        size="large"
        value={values[part]}
        onChange={(event) => {
          setValues({ ...values, [part]: event.target.value });
          setErrors({ ...errors, [part]: undefined });
        }}
        autoComplete={auto}
        status={errors[part] ? 'error' : undefined}
        aria-invalid={Boolean(errors[part])}
        aria-describedby={`${id}${part}-about`}
      />
      <span id={`${id}${part}-about`} className={styles.about}>
        {errors[part] && (
          <span role="alert" className={styles.wrong} data-testid={`error-${part}`}>
            {errors[part]}
          </span>
        )}
        {help && <span data-testid={`rule-${part}`}>{help}</span>}
      </span>
    </div>
  );

  return (
    <form ref={form} className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      {password('current', t('currentPassword'), 'current-password')}
      {password('new', t('newPassword'), 'new-password', rule)}
      {password('repeat', t('repeatPassword'), 'new-password')}
      {problem && (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
      <Button type="primary" size="large" htmlType="submit" block loading={busy} disabled={!values.current || !values.new || !values.repeat}>
        {t('changePassword')}
      </Button>
    </form>
  );
}

/** Stands before everything else until the password given at set-up is changed. */
export function MustChangePassword({ organisation, onDone }: PasswordFormProps) {
  const { t } = useTranslation('session');
  return (
    <main className={styles.page}>
      <div className={styles.switches}>
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <div className={styles.card}>
        <h1 className={styles.heading}>{t('mustChangeTitle')}</h1>
        <p className={styles.hint}>{t('mustChangeText')}</p>
        <PasswordForm organisation={organisation} onDone={onDone} />
      </div>
    </main>
  );
}
