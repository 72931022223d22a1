import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ApiProblem } from '@/api/client';
import type { ObjectDefinition, RecordData, Value } from '@/api/contract';
import { isEmpty, sameValue } from './values';

export type Values = Record<string, Value>;

/** The values a new record begins with: the definition's plain defaults and what is given. Defaults that are
 * expressions are the server's to compute. */
export function initialValues(definition: ObjectDefinition, given: Values = {}): Values {
  const values: Values = {};
  for (const field of definition.fields) {
    const value = field.default;
    if (isEmpty(value) || field.read_only) continue;
    if (typeof value === 'object' && value !== null && 'expr' in value) continue;
    values[field.key] = value;
  }
  return { ...values, ...given };
}

const draftKey = (name: string) => `keyuan.draft.${name}`;

function readDraft(name: string | undefined): Values | null {
  if (!name) return null;
  try {
    const text = localStorage.getItem(draftKey(name));
    return text ? (JSON.parse(text) as Values) : null;
  } catch {
    return null;
  }
}

export interface RecordForm {
  values: Values;
  /** Messages by field path; the empty path is about the whole. */
  errors: Record<string, string>;
  dirty: boolean;
  /** Values come from a draft kept earlier. */
  restored: boolean;
  set: (key: string, value: Value) => void;
  reset: (values: Values) => void;
  refuse: (error: unknown) => boolean;
  require: (keys: Record<string, string>) => boolean;
  changes: () => Values;
  forgetDraft: () => void;
}

/** The values of a form, what changed of them, what is wrong with them, and a draft on this device. */
export function useRecordForm(initial: Values, draft?: string): RecordForm {
  const [start, setStart] = useState<Values>(initial);
  const [kept] = useState(() => readDraft(draft));
  const [values, setValues] = useState<Values>(() => ({ ...initial, ...kept }));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [restored, setRestored] = useState(kept !== null);
  const saved = useRef(false);

  const dirty = useMemo(() => [...new Set([...Object.keys(values), ...Object.keys(start)])].some((key) => !sameValue(values[key], start[key])), [values, start]);

  useEffect(() => {
    if (!draft || saved.current) return;
    const timer = window.setTimeout(() => {
      if (saved.current) return;
      try {
        if (dirty) localStorage.setItem(draftKey(draft), JSON.stringify(values));
        else localStorage.removeItem(draftKey(draft));
      } catch {
        // Without a store there is no draft; the form itself works on.
      }
    }, 400);
    return () => window.clearTimeout(timer);
  }, [draft, values, dirty]);

  const set = useCallback((key: string, value: Value) => {
    setValues((old) => ({ ...old, [key]: value }));
    setErrors((old) => {
      if (!(key in old)) return old;
      const { [key]: _gone, ...rest } = old;
      return rest;
    });
  }, []);

  return {
    values,
    errors,
    dirty,
    restored,
    set,
    reset: useCallback((next: Values) => {
      setStart(next);
      setValues(next);
      setErrors({});
      setRestored(false);
    }, []),
    refuse: useCallback((error: unknown) => {
      if (!(error instanceof ApiProblem) || !error.document.errors?.length) return false;
      setErrors(error.byField);
      return true;
    }, []),
    require: (keys) => {
      const missing = Object.fromEntries(Object.entries(keys).filter(([key]) => isEmpty(values[key])));
      if (Object.keys(missing).length) setErrors(missing);
      return Object.keys(missing).length === 0;
    },
    changes: () => Object.fromEntries(Object.entries(values).filter(([key, value]) => !sameValue(value, start[key]))),
    forgetDraft: useCallback(() => {
      saved.current = true;
      if (draft) localStorage.removeItem(draftKey(draft));
    }, [draft]),
  };
}

/** The values of a record that a form can show. */
export function formValues(definition: ObjectDefinition, record: RecordData): Values {
  return Object.fromEntries(definition.fields.map((field) => [field.key, record[field.key] ?? null]));
}
