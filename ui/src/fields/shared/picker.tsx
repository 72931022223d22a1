import { Select, type RefSelectProps } from 'antd';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Filter, Reference } from '@/api/contract';
import { record as api, search } from '@/api/endpoints';
import { useMaybeDefinition } from '@/records/definitions';
import { useLanguage } from '@/design/words';
import { stageName } from '@/domains/sales/stages';
import { allOf } from '@/records/hooks';
import { isReference, nameOf } from '@/records/values';
import type { InputProps } from '../type';
import { Person } from './display';
import styles from './fields.module.css';
import { useStepNames } from './stage';

interface Found {
  id: string;
  name: string;
  detail?: string | null;
}

/** Records of an object whose name, telephone, … match what was typed; the latest ones while nothing is. */
function useCandidates(object: string, text: string, filter: Filter | undefined, suggest: Filter | undefined, enabled: boolean) {
  const words = useDeferredValue(text.trim());
  const language = useLanguage();
  const staged = object === 'stage';
  const named = staged || object === 'pipeline';
  return useQuery({
    queryKey: ['records', object, 'candidates', words, filter ?? null, suggest ?? null, named && language],
    queryFn: async ({ signal }): Promise<Found[]> => {
      if (words && !filter && !named) {
        const { results } = await search(words, [object], signal, 20);
        return results.map(({ id, name, owner }) => ({ id, name: name ?? '', detail: object === 'user' ? null : owner?.name }));
      }
      const narrowed: Filter | undefined = words ? (filter ? ['and', filter, ['name', 'contains', words]] : ['name', 'contains', words]) : filter;
      const list = async (within: Filter | undefined): Promise<Found[]> => {
        const query = { fields: ['name', ...(named ? ['name_en'] : []), ...(staged ? ['pipeline'] : [])], limit: staged ? 200 : 20, filter: within, ...(staged ? { sort: 'position' } : {}) };
        const page = await api.list(object, query, signal);
        const found = page.records.map((record) => ({
          id: record.id,
          name: named ? stageName(record, language) : nameOf({ name_field: 'name' }, record),
          detail: isReference(record.pipeline) ? record.pipeline.name : null,
        }));
        // In order within each pipeline; sorting keeps the order of equals.
        return staged ? found.sort((a, b) => (a.detail ?? '').localeCompare(b.detail ?? '')) : found;
      };
      const likely = suggest && !words ? await list(allOf(narrowed, suggest)) : [];
      return likely.length ? likely : await list(narrowed);
    },
    enabled,
    staleTime: 20_000,
    placeholderData: keepPreviousData,
  });
}

interface PickerProps extends Omit<InputProps, 'value'> {
  object: string;
  value: unknown;
  many?: boolean;
  filter?: Filter;
  /** What most likely holds of the record meant: those come first, while nothing is typed. */
  suggest?: Filter;
  /** Values beside records, such as “me”. */
  extra?: { id: string; name: string }[];
  placeholder?: string;
}

/** Searches the records of one object and picks one or several. */
export function RecordPicker(props: PickerProps) {
  const { id, object, value, onChange, onDone, inPlace, disabled, invalid, label, field, many, filter, suggest, extra, placeholder } = props;
  const { t } = useTranslation('fields');
  const ref = useRef<RefSelectProps>(null);
  const [text, setText] = useState('');
  const [open, setOpen] = useState(Boolean(inPlace));
  const [touched, setTouched] = useState(Boolean(inPlace));
  const definition = useMaybeDefinition(touched ? object : undefined);
  const { data, isFetching } = useCandidates(object, text, filter, suggest, touched && definition !== undefined);
  const people = object === 'user';
  const stepName = useStepNames(object);

  useEffect(() => {
    if (inPlace) ref.current?.focus();
  }, [inPlace]);

  const held = useMemo<Reference[]>(() => {
    const list = many ? ((value as unknown[] | null) ?? []) : value ? [value] : [];
    return list.map((item) => (isReference(item) ? item : { id: String(item), name: null }));
  }, [value, many]);

  const known = useMemo(() => {
    const byId = new Map<string, Found>();
    for (const item of extra ?? []) byId.set(item.id, item);
    for (const item of data ?? []) byId.set(item.id, item);
    return byId;
  }, [data, extra]);

  const options = [...(text ? [] : (extra ?? [])), ...(data ?? [])].map((item: Found) => ({
    value: item.id,
    name: item.name,
    label: (
      <span className={styles.option}>
        {people ? <Person name={item.name} /> : <span className={styles.cut}>{item.name}</span>}
        {item.detail && <small>{item.detail}</small>}
      </span>
    ),
  }));
  // A value stays readable when it is not among the candidates.
  const labelled = held.map((item) => ({
    value: item.id,
    label: item.masked ? t('masked') : (stepName(item.id) ?? item.name ?? known.get(item.id)?.name ?? item.id),
  }));
  const pick = (item: { value: string; label: unknown } | undefined): Reference | null => {
    if (!item) return null;
    const found = known.get(item.value) ?? held.find((h) => h.id === item.value);
    return { id: item.value, name: found?.name ?? stepName(item.value) ?? null };
  };

  return (
    <Select
      id={id}
      ref={ref}
      className={styles.full}
      labelInValue
      mode={many ? 'multiple' : undefined}
      value={(many ? labelled : (labelled[0] ?? null))}
      options={options}
      showSearch={{ searchValue: text, onSearch: setText, filterOption: false }}
      allowClear={!field.required}
      open={inPlace ? open : undefined}
      onOpenChange={(next) => {
        setOpen(next);
        if (next) setTouched(true);
        else {
          setText('');
          if (inPlace) onDone?.();
        }
      }}
      onFocus={() => setTouched(true)}
      onChange={(next: unknown) => {
        if (many) {
          const list = (next as { value: string; label: unknown }[]).map((item) => pick(item)!);
          onChange(list.length ? list : null);
        } else onChange(pick((next as { value: string; label: unknown } | undefined) ?? undefined));
        setText('');
      }}
      loading={isFetching && open}
      disabled={disabled}
      status={invalid ? 'error' : undefined}
      placeholder={placeholder ?? t('search')}
      notFoundContent={isFetching ? t('searching') : t('nothingFound')}
      aria-label={label}
      popupMatchSelectWidth={false}
      styles={{ popup: { root: { minWidth: 240, maxWidth: 480 } } }}
    />
  );
}
