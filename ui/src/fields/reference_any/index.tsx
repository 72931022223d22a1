import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reference } from '@/api/contract';
import { useLabel } from '@/design/words';
import { useObjects } from '@/records/definitions';
import { isReference } from '@/records/values';
import { Dash, RecordLink } from '../shared/display';
import styles from '../shared/fields.module.css';
import { RecordPicker } from '../shared/picker';
import type { DisplayProps, FieldType, InputProps } from '../type';

function Display({ value, place }: DisplayProps) {
  return isReference(value) ? <RecordLink reference={value} object={value.object} place={place} /> : <Dash />;
}

function AnyInput(props: InputProps) {
  const { t } = useTranslation('fields');
  const label = useLabel();
  const objects = useObjects();
  const targets = props.field.options.targets?.length ? props.field.options.targets : objects.map((object) => object.key);
  const value = props.value as Reference | null;
  const [object, setObject] = useState(value?.object ?? targets[0] ?? '');
  return (
    <span className={styles.pair}>
      <RecordPicker
        {...props}
        key={object}
        object={object}
        value={value}
        onChange={(next) => props.onChange(next ? { ...(next as Reference), object } : null)}
      />
      <Select
        value={object}
        options={targets.map((key) => ({ value: key, label: label(objects.find((o) => o.key === key)?.label) || key }))}
        onChange={(next) => {
          setObject(next);
          props.onChange(null);
        }}
        disabled={props.disabled}
        popupMatchSelectWidth={false}
        aria-label={t('object')}
      />
    </span>
  );
}

/** A reference to one record of one of several objects. */
export default { apart: true, Display, Input: AnyInput, width: 180, listed: true } satisfies FieldType;
