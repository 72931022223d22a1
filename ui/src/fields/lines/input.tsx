import { Button } from 'antd';
import { Plus, Trash2 } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition } from '@/api/contract';
import { record } from '@/api/endpoints';
import { useCramped } from '@/design/use';
import { useLabel } from '@/design/words';
import { useMaybeDefinition } from '@/records/definitions';
import { isEmpty, isReference } from '@/records/values';
import { fieldType } from '../registry';
import type { InputProps } from '../type';
import styles from './lines.module.css';
import { useLineFields } from './table';

type Line = Record<string, unknown>;

/** What a line takes from the record it is about. */
const copied = ['name', 'price', 'unit'];

/** Types whose inputs take the whole width of an entry; the others stand beside each other. */
const broad = new Set(['reference', 'money', 'long_text']);

/** The room that the input of a column needs at least, in pixels: a name more than other words, such as a unit. */
const leastWidth = ({ type }: FieldDefinition, name: boolean): number =>
  type === 'text' ? (name ? 152 : 72) : type === 'money' ? 200 : type === 'reference' ? 152 : Math.round(fieldType(type).width * 0.75);

/** Edits the lines of a record in a small table, or below each other where it does not fit; each value by its own
 * type's input. */
export default function LinesInput({ value, onChange, field, disabled, inPlace, label }: InputProps) {
  const { t } = useTranslation('fields');
  const words = useLabel();
  const definition = useMaybeDefinition(field.options.object);
  const fields = useLineFields(field).filter((column) => !column.read_only && fieldType(column.type).Input)
    // what the line is about comes first: the rest follows from it
    .sort((a, b) => Number(b.type === 'reference') - Number(a.type === 'reference'));
  const [box, cramped] = useCramped<HTMLDivElement>();
  const fresh = (): Line =>
    Object.fromEntries((definition?.fields ?? []).flatMap((one) => (one.default !== undefined && one.default !== null && typeof one.default !== 'object' ? [[one.key, one.default] as const] : [])));
  const given = (value as Line[] | null) ?? [];
  // Where there are none an empty one waits. It is no value until something is entered. In a narrow form, where each takes
  // a whole screen, it does so only once lines were asked for.
  const waiting = given.length === 0 && !disabled && (Boolean(inPlace) || !cramped);
  const lines = waiting ? [fresh()] : given;
  const begin = () => box.current?.querySelector<HTMLElement>('input, textarea')?.focus();
  const ready = Boolean(inPlace) && waiting && fields.length > 0;
  useEffect(() => {
    if (ready) begin();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `begin` reads the page as it then is
  }, [ready, cramped]);
  const latest = useRef(lines);
  useEffect(() => {
    latest.current = lines;
  });
  const set = (index: number, key: string, next: unknown) =>
    onChange(lines.map((line, i) => (i === index ? { ...line, [key]: next } : line)));
  // Name, price and unit come from what is picked, as the server would take them, where the line has none of its own.
  const pick = async (index: number, column: FieldDefinition, next: unknown) => {
    const picked: Line = { ...lines[index], [column.key]: next };
    onChange(lines.map((line, i) => (i === index ? picked : line)));
    if (!isReference(next) || !column.options.target) return;
    const before = lines[index]?.[column.key];
    const taken = fields.filter((one) => copied.includes(one.key) && (isEmpty(picked[one.key]) || (one.key === 'name' && isReference(before) && picked.name === before.name)));
    if (taken.length === 0) return;
    try {
      const source = await record.read(column.options.target, next.id, taken.map((one) => one.key));
      const found = Object.fromEntries(taken.filter((one) => !isEmpty(source[one.key])).map((one) => [one.key, source[one.key]]));
      // What was typed into the lines meanwhile stays.
      const untouched = (line: Line) => Object.fromEntries(Object.entries(found).filter(([key]) => line[key] === picked[key]));
      onChange(latest.current.map((line, i) => (i === index ? { ...line, ...untouched(line) } : line)));
    } catch {
      // Without them the line stands as it is; the server fills it when it is saved.
    }
  };
  const add = () => (waiting ? begin() : onChange([...given, fresh()]));
  const enter = (line: Line, index: number, column: FieldDefinition) => {
    const Input = fieldType(column.type).Input!;
    return (
      <Input
        field={column}
        value={line[column.key] ?? null}
        onChange={(next) => (column.type === 'reference' ? void pick(index, column, next) : set(index, column.key, next))}
        record={line}
        disabled={disabled}
        label={`${words(column.label)} ${index + 1}`}
      />
    );
  };
  const named = (column: FieldDefinition) => (
    <>
      {words(column.label)}
      {column.required && <span className={styles.required}>*</span>}
    </>
  );
  const remove = (index: number) => !waiting && (
    <Button
      type="text"
      icon={<Trash2 size={16} />}
      disabled={disabled}
      aria-label={t('removeLine', { number: index + 1 })}
      onClick={() => onChange(lines.filter((_, i) => i !== index))}
    />
  );
  const keyOf = (line: Line, index: number) => (line.id as string | undefined) ?? index;
  return (
    <div role="group" aria-label={label} className={styles.group}>
      <div ref={box} className={styles.scroll} data-empty={lines.length === 0 || undefined} data-cramped={cramped || undefined} data-testid="lines-input">
        {lines.length > 0 && !cramped && (
          <table className={styles.table} data-editing>
            <thead>
              <tr>
                {fields.map((column) => (
                  <th key={column.key} style={{ minWidth: leastWidth(column, column.key === definition?.name_field) }}>
                    {named(column)}
                  </th>
                ))}
                <th aria-label={t('remove')} />
              </tr>
            </thead>
            <tbody>
              {lines.map((line, index) => (
                <tr key={keyOf(line, index)}>
                  {fields.map((column) => (
                    <td key={column.key}>{enter(line, index, column)}</td>
                  ))}
                  <td>{remove(index)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {lines.length > 0 && cramped && (
          <ol className={styles.entries}>
            {lines.map((line, index) => (
              <li key={keyOf(line, index)} className={styles.form}>
                <span className={styles.number}>
                  {index + 1}
                  {remove(index)}
                </span>
                {fields.map((column) => (
                  <span key={column.key} className={styles.formField} data-wide={broad.has(column.type) || column.key === definition?.name_field || undefined}>
                    <small>{named(column)}</small>
                    {enter(line, index, column)}
                  </span>
                ))}
              </li>
            ))}
          </ol>
        )}
      </div>
      <Button size="small" icon={<Plus size={14} />} onClick={add} disabled={disabled} data-testid="add-line">
        {t('addLine')}
      </Button>
    </div>
  );
}
