import { Button, Input } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import type { FieldDefinition, ObjectDefinition, RecordData, Value } from '@/api/contract';
import { composing } from '@/design/ime';
import { useToast } from '@/design/toast';
import { useLabel } from '@/design/words';
import { fieldType } from '@/fields/registry';
import { activityShape } from '@/records/activity';
import { nameOf } from '@/records/values';
import { idempotencyKey, useCreate, useUndo } from '@/records/changes';
import { useMaybeDefinition, useObjects } from '@/records/definitions';
import { keys } from '@/records/keys';
import { useProblemText } from '@/records/problems';
import styles from './timeline.module.css';

/** Writes a follow-up about a record, with its next step. Opens out when one begins to write. */
export function Composer({ definition, record }: { definition: ObjectDefinition; record: RecordData }) {
  const may = useObjects().some((object) => object.key === 'activity' && object.can.create);
  const activity = useMaybeDefinition(may ? 'activity' : undefined);
  const shape = activity && activityShape(activity, definition.key);
  return shape ? <Open key={record.id} definition={definition} record={record} shape={shape} activity={activity} /> : null;
}

interface OpenProps {
  definition: ObjectDefinition;
  record: RecordData;
  activity: ObjectDefinition;
  shape: NonNullable<ReturnType<typeof activityShape>>;
}

function Open({ definition, record, shape, activity }: OpenProps) {
  const { t } = useTranslation('record');
  const { t: common } = useTranslation();
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const client = useQueryClient();
  const create = useCreate('activity');
  const undo = useUndo();
  const [open, setOpen] = useState(false);
  const [values, setValues] = useState<Record<string, Value>>({});
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [key, setKey] = useState(idempotencyKey);
  const set = (name: string, value: Value) => setValues((old) => ({ ...old, [name]: value }));
  const content = (values[shape.content.key] as string | null) ?? '';
  const options = [shape.method, shape.contact, shape.nextAt, shape.nextStep].filter((field): field is FieldDefinition => Boolean(field));
  const defaultOf = (field: FieldDefinition) => (typeof field.default === 'string' ? field.default : null);

  const send = async () => {
    if (!content.trim() || create.isPending) return;
    const about = { id: record.id, name: nameOf(definition, record) };
    const body: Record<string, Value> = {
      ...Object.fromEntries(options.flatMap((field) => (defaultOf(field) ? [[field.key, defaultOf(field)]] : []))),
      ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== '')),
      [shape.about.key]: shape.about.type === 'reference_any' ? { ...about, object: definition.key } : about,
    };
    // A deal's or contact's activity also belongs to its customer.
    const customer = activity.fields.find((field) => field.key === 'customer' && !field.read_only);
    if (customer && shape.about.key !== 'customer' && record.customer && !body.customer) body.customer = record.customer;
    const name = activity.fields.find((field) => field.key === activity.name_field);
    if (name?.required && !name.read_only && !body[name.key]) body[name.key] = content.trim().split('\n')[0]!.slice(0, 80);
    try {
      const { operation } = await create.mutateAsync({ values: body, key });
      setValues({});
      setErrors({});
      setOpen(false);
      await client.invalidateQueries({ queryKey: keys.timeline(definition.key, record.id) });
      void client.invalidateQueries({ queryKey: keys.one(definition.key, record.id) });
      void client.invalidateQueries({ queryKey: ['records', 'task'] });
      toast.show({ text: t('noted'), action: operation ? { label: common('undo'), run: () => void undo(operation) } : undefined });
    } catch (error) {
      if (error instanceof ApiProblem && error.document.errors?.length) setErrors(error.byField);
      else toast.show({ text: explain(error), tone: 'bad' });
    } finally {
      setKey(idempotencyKey());
    }
  };

  return (
    <div
      className={styles.composer}
      data-testid="composer"
      onKeyDown={(event) => {
        if (composing(event)) return;
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          void send();
        }
      }}
    >
      <Input.TextArea
        variant="borderless"
        value={content}
        autoSize={{ minRows: open ? 3 : 1, maxRows: 10 }}
        onFocus={() => setOpen(true)}
        onChange={(event) => set(shape.content.key, event.target.value)}
        placeholder={t('composer')}
        aria-label={t('composer')}
      />
      {open && (
        <div className={styles.options}>
          {options.map((field) => {
            const Control = fieldType(field.type).Input!;
            // Of all contacts only those of this customer are meant.
            const customer = definition.key === 'customer' ? record.id : (record.customer as { id?: string } | null)?.id;
            const narrowed = field === shape.contact && customer ? { ...field, options: { ...field.options, filter: ['customer', '=', customer] } } : field;
            return (
              <div key={field.key} className={styles.option} data-field={field.key}>
                <span>{label(field.label)}</span>
                <Control
                  field={{ ...narrowed, required: false }}
                  value={values[field.key] ?? defaultOf(field)}
                  onChange={(value) => set(field.key, value)}
                  invalid={Boolean(errors[field.key])}
                  label={label(field.label)}
                />
                {errors[field.key] && (
                  <span role="alert" className={styles.problem}>
                    {errors[field.key]}
                  </span>
                )}
              </div>
            );
          })}
          <div className={styles.send}>
            {Object.keys(errors).some((path) => !options.some((field) => field.key === path)) && (
              <span role="alert" className={styles.problem}>
                {Object.values(errors)[0]}
              </span>
            )}
            <Button
              size="small"
              onClick={() => {
                setOpen(false);
                setErrors({});
              }}
            >
              {t('cancel')}
            </Button>
            <Button size="small" type="primary" disabled={!content.trim()} loading={create.isPending} onClick={() => void send()} data-testid="composer-send">
              {t('note')}
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}
