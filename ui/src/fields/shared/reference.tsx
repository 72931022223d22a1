import { useTranslation } from 'react-i18next';
import type { Filter, Reference } from '@/api/contract';
import { useMaybeDefinition } from '@/records/definitions';
import { allOf, useRecordName } from '@/records/hooks';
import { isReference } from '@/records/values';
import type { DisplayProps, FilterProps, InputProps } from '../type';
import { Dash, RecordLink } from './display';
import { RecordPicker } from './picker';
import { PipelineName, StageTag } from './stage';

/** The object a field points to: its option, or the type's own name (`user`, `department`). */
export const targetOf = (field: InputProps['field']): string => field.options.target ?? field.type;

/** The name of the record pointed to, as a link. */
export function ReferenceDisplay({ value, field, place }: DisplayProps) {
  if (!isReference(value)) return <Dash />;
  const readable = value.name !== null && !value.masked;
  if (targetOf(field) === 'stage' && readable) return <StageTag stage={value} />;
  if (targetOf(field) === 'pipeline' && readable) return <PipelineName pipeline={value} />;
  return <RecordLink reference={value} object={targetOf(field)} place={place} />;
}

/** What the candidates share with the record that points to them: the contacts of its customer, the stages of its
 * pipeline. */
function useKin({ field, record }: InputProps): Filter | undefined {
  const target = useMaybeDefinition(record ? targetOf(field) : undefined);
  const shared = target?.fields.filter((one) => {
    const held = record?.[one.key];
    return one.type === 'reference' && !one.system && one.key !== field.key && one.options.target !== targetOf(field) && one.operators.includes('=') && isReference(held);
  });
  return allOf(...(shared ?? []).map((one): Filter => [one.key, '=', (record![one.key] as Reference).id]));
}

/** Searches and picks the record pointed to. */
export function ReferenceInput(props: InputProps) {
  const object = targetOf(props.field);
  const given = Array.isArray(props.field.options.filter) ? (props.field.options.filter as Filter) : undefined;
  const kin = useKin(props);
  // A stage of another pipeline would be refused; a contact of another company is merely unlikely.
  const strict = object === 'stage';
  return <RecordPicker {...props} object={object} filter={strict ? allOf(given, kin) : given} suggest={strict ? undefined : kin} />;
}

const me = '@me';
const myDepartment = '@my_department';

/** The words for `@me` and `@my_department` in filters. */
export function useSelfValues(target: string): { id: string; name: string }[] {
  const { t } = useTranslation('fields');
  if (target === 'user') return [{ id: me, name: t('me') }];
  if (target === 'department') return [{ id: myDepartment, name: t('myDepartment') }];
  return [];
}

/** A filter's value: one record or several, told by id. */
export function ReferenceFilterInput({ field, operator, value, onChange }: FilterProps) {
  const target = targetOf(field);
  const extra = useSelfValues(target);
  const many = operator === 'in' || operator === 'not_in';
  const single = many ? undefined : (value as string | null);
  const name = useRecordName(single && !single.startsWith('@') ? target : undefined, single ?? undefined);
  const shown = single ? { id: single, name: extra.find((e) => e.id === single)?.name ?? name ?? null } : value;
  return (
    <RecordPicker
      field={field}
      object={target}
      many={many}
      value={shown}
      extra={extra}
      onChange={(next) => onChange(Array.isArray(next) ? next.map((one: { id: string }) => one.id) : ((next as { id: string } | null)?.id ?? null))}
    />
  );
}

export { ReferenceFilterInput as referenceFilter };
