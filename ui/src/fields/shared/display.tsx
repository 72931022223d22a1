import { Link } from '@tanstack/react-router';
import { Lock, Paperclip } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Choice, Reference } from '@/api/contract';
import { choiceColors, colorAliases } from '@/design/tokens';
import { useLabel } from '@/design/words';
import type { Place } from '../type';
import styles from './fields.module.css';

/** No value: a quiet dash. */
export function Dash() {
  return (
    <span className={styles.dash} aria-hidden>
      –
    </span>
  );
}

/** Text of one line that is cut where it does not fit, whole on hover. */
export function Cut({ children, title }: { children: ReactNode; title?: string }) {
  return (
    <span className={styles.cut} title={title ?? (typeof children === 'string' ? children : undefined)}>
      {children}
    </span>
  );
}

/** A value the person may know of but not read. */
export function Masked() {
  const { t } = useTranslation('fields');
  return (
    <span className={styles.masked} title={t('maskedHelp')}>
      <Lock size={12} aria-hidden /> {t('masked')}
    </span>
  );
}

const names = Object.keys(choiceColors);

/** The colour of a name or key, always the same one. */
export function colorOf(text: string): string {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return names[1 + (sum % (names.length - 1))] ?? 'gray';
}

/** The theme's name of a definition's colour. */
export function themeColor(color: string | undefined): string {
  const known = color ? (colorAliases[color] ?? color) : 'gray';
  return known in choiceColors ? known : 'gray';
}

/** A word on its soft colour. */
export function Tag({ color, children }: { color?: string; children: ReactNode }) {
  const name = themeColor(color);
  return (
    <span
      className={styles.tag}
      style={{ background: `var(--ky-choice-${name})`, color: `var(--ky-choice-${name}-text)` }}
    >
      <span>{children}</span>
    </span>
  );
}

/** The tag of a choice; its bare value where the definition no longer has it. */
export function ChoiceTag({ value, choices }: { value: string; choices: Choice[] | undefined }) {
  const label = useLabel();
  const choice = choices?.find((c) => c.value === value);
  return <Tag color={choice?.color}>{choice ? label(choice.label) : value}</Tag>;
}

/** The round mark of a person: the last character of a Chinese name, initials of another. */
export function Avatar({ name, large }: { name: string; large?: boolean }) {
  const color = colorOf(name);
  const words = name.trim().split(/\s+/);
  const mark = /[\u3400-\u9fff]/.test(name)
    ? name.trim().slice(-1)
    : words.length > 1
      ? (words[0]![0] ?? '') + (words[words.length - 1]![0] ?? '')
      : name.slice(0, 1);
  return (
    <span
      className={styles.avatar}
      data-size={large ? 'large' : undefined}
      style={{ background: `var(--ky-choice-${color})`, color: `var(--ky-choice-${color}-text)` }}
      aria-hidden
    >
      {mark.toUpperCase()}
    </span>
  );
}

/** A person: mark and name. */
export function Person({ name }: { name: string }) {
  return (
    <span className={styles.person} title={name}>
      <Avatar name={name} />
      <span>{name}</span>
    </span>
  );
}

/** A link to another record, or its name alone where it cannot be opened. */
export function RecordLink({ reference, object, place }: { reference: Reference; object: string | undefined; place: Place }) {
  if (reference.masked || reference.name === null) return <Masked />;
  if (!object || place === 'words') return <Cut>{reference.name}</Cut>;
  return (
    <span className={styles.cut} title={reference.name}>
      <Link
        to="/records/$object/$id"
        params={{ object, id: reference.id }}
        className={styles.link}
        onClick={(event) => event.stopPropagation()}
        tabIndex={place === 'cell' ? -1 : undefined}
      >
        {reference.name}
      </Link>
    </span>
  );
}

/** A file's name with its mark. */
export function FileLabel({ name }: { name: string }) {
  return (
    <span className={styles.file}>
      <Paperclip size={14} aria-hidden />
      <Cut>{name}</Cut>
    </span>
  );
}
