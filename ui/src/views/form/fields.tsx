import { Tooltip } from 'antd';
import { CircleHelp } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, ObjectDefinition } from '@/api/contract';
import { useLabel } from '@/design/words';
import { laterFields } from '@/domains/registry';
import { fieldType } from '@/fields/registry';
import { shownSections } from '@/records/definitions';
import type { RecordForm } from '@/records/form';
import { narrowed, type Taken } from '@/records/taken';
import styles from './form.module.css';

interface FormFieldProps {
  field: FieldDefinition;
  form: RecordForm;
  required?: boolean;
  disabled?: boolean;
}

/** Errors below a field's path (`amount.currency`, `lines.2.price`) are told at the field. */
function errorAt(errors: Record<string, string>, key: string): string | undefined {
  if (errors[key]) return errors[key];
  const below = Object.keys(errors).find((path) => path.startsWith(key + '.'));
  return below && errors[below];
}

/** A field of a form: its label, its input by type, its error in words. */
export function FormField({ field, form, required = field.required, disabled }: FormFieldProps) {
  const { t } = useTranslation('form');
  const label = useLabel();
  const id = useId();
  const type = fieldType(field.type);
  const Input = type.Input!;
  const error = errorAt(form.errors, field.key);
  return (
    <div className={styles.field} data-wide={type.wide || undefined} data-field={field.key}>
      <label htmlFor={id} className={styles.label}>
        {label(field.label)}
        {required && (
          <span className={styles.required} aria-hidden>
            *
          </span>
        )}
        {field.help && (
          <Tooltip title={label(field.help)}>
            <CircleHelp size={13} className={styles.help} aria-label={label(field.help)} />
          </Tooltip>
        )}
      </label>
      <Input
        id={id}
        field={field}
        value={form.values[field.key] ?? null}
        onChange={(value) => form.set(field.key, value)}
        invalid={Boolean(error)}
        disabled={disabled}
        record={form.values}
        label={label(field.label) + (required ? ` (${t('required')})` : '')}
      />
      {error && (
        <p role="alert" className={styles.error} data-testid={`error-${field.key}`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** The fields that a person may write, by section. */
export function writableSections(definition: ObjectDefinition, creating: boolean) {
  const later = laterFields(definition.key);
  return shownSections(definition)
    .map((section) => ({
      ...section,
      fields: section.fields.filter((field) => !field.read_only && field.access === 'edit' && fieldType(field.type).Input && (!creating || !later.has(field.key))),
    }))
    .filter((section) => section.fields.length > 0);
}

interface FormSectionsProps {
  definition: ObjectDefinition;
  form: RecordForm;
  creating: boolean;
  taken: Taken;
}

/** All sections of a form. */
export function FormSections({ definition, form, creating, taken }: FormSectionsProps) {
  const label = useLabel();
  const sections = writableSections(definition, creating);
  const owner = creating ? undefined : definition.fields.find((field) => field.key === 'owner' && !field.read_only && field.access === 'edit');
  const placed = sections.some((section) => section.fields.some((field) => field.key === 'owner'));
  const whole = form.errors[''];
  return (
    <>
      {whole && (
        <p role="alert" className={styles.whole}>
          {whole}
        </p>
      )}
      {sections.map((section) => (
        <fieldset key={section.key} className={styles.section}>
          {section.label && sections.length > 1 && <legend className={styles.legend}>{label(section.label)}</legend>}
          <div className={styles.fields}>
            {section.fields.map((field) => (
              <FormField key={field.key} field={narrowed(field, taken)} form={form} />
            ))}
          </div>
        </fieldset>
      ))}
      {owner && !placed && (
        <div className={styles.fields}>
          <FormField field={owner} form={form} />
        </div>
      )}
    </>
  );
}
