import { Button, Checkbox, Input, InputNumber, Modal, Select } from 'antd';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import type { Label, ObjectDefinition } from '@/api/contract';
import { definitions as api } from '@/api/endpoints';
import { choiceColors } from '@/design/tokens';
import { useToast } from '@/design/toast';
import { useLabel } from '@/design/words';
import { typeLabel, typesToAdd } from '@/fields/registry';
import { Tag } from '@/fields/shared/display';
import { useObjects } from '@/records/definitions';
import { useProblemText } from '@/records/problems';
import { keyFrom, LabelInput, whole } from './labels';
import styles from './settings.module.css';

interface ChoiceRow {
  color: string;
  zh: string;
  en: string;
}

interface AddFieldProps {
  definition: ObjectDefinition;
  onClose: () => void;
  onDone: () => Promise<void>;
}

/** Makes a field: its type, its names, and what its type needs to know. */
export function AddField({ definition, onClose, onDone }: AddFieldProps) {
  const { t } = useTranslation('settings');
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const objects = useObjects();
  const [type, setType] = useState('text');
  const [name, setName] = useState<Label>({ zh: '', en: '' });
  const [required, setRequired] = useState(false);
  const [target, setTarget] = useState<string>();
  const [scale, setScale] = useState(2);
  const [choices, setChoices] = useState<ChoiceRow[]>([{ color: 'blue', zh: '', en: '' }]);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);

  const chosen = type === 'choice' || type === 'choices';
  const pointing = type === 'reference' || type === 'references';

  const optionsOf = (): Record<string, unknown> => {
    if (chosen) {
      return {
        choices: choices
          .filter((row) => row.zh.trim() || row.en.trim())
          .map((row, index) => ({
            value: keyFrom(row.en).slice(2) || `choice_${index + 1}`,
            label: { zh: row.zh.trim() || row.en.trim(), en: row.en.trim() || row.zh.trim() },
            color: row.color,
          })),
      };
    }
    if (pointing) return { target };
    if (type === 'decimal' || type === 'percent') return { scale };
    return {};
  };

  const save = async () => {
    const named = whole(name);
    if (!named) return setErrors({ label: t('nameNeeded') });
    if (pointing && !target) return setErrors({ target: t('targetNeeded') });
    setBusy(true);
    setErrors({});
    try {
      await api.addField(definition.key, { key: keyFrom(name.en) || undefined, type, label: named, required, options: optionsOf() });
      await onDone();
      toast.show({ text: t('fieldAdded', { name: label(named) }) });
      onClose();
    } catch (error) {
      if (error instanceof ApiProblem && error.document.errors?.length) setErrors(error.byField);
      else toast.show({ text: explain(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };

  const change = (index: number, part: Partial<ChoiceRow>) => setChoices(choices.map((row, i) => (i === index ? { ...row, ...part } : row)));
  const others = Object.entries(errors).filter(([path]) => path !== 'label' && path !== 'target');

  return (
    <Modal open title={t('addFieldTo', { object: label(definition.label) })} okText={t('add')} onOk={() => void save()} confirmLoading={busy} onCancel={onClose} width={640}>
      <div className={styles.form}>
        <LabelInput title={t('name')} value={name} onChange={setName} error={errors.label} autoFocus />
        <div className={styles.field}>
          <span>{t('type')}</span>
          <div className={styles.types} role="radiogroup" aria-label={t('type')}>
            {typesToAdd().map((key) => (
              <button key={key} type="button" role="radio" aria-checked={type === key} className={styles.type} onClick={() => setType(key)}>
                {label(typeLabel(key))}
              </button>
            ))}
          </div>
        </div>
        {pointing && (
          <label className={styles.field}>
            <span>{t('target')}</span>
            <Select
              value={target}
              onChange={setTarget}
              showSearch={{ optionFilterProp: 'label' }}
              options={objects.map((object) => ({ value: object.key, label: label(object.label) }))}
              status={errors.target ? 'error' : undefined}
            />
            {errors.target && <span className={styles.problem}>{errors.target}</span>}
          </label>
        )}
        {(type === 'decimal' || type === 'percent') && (
          <label className={styles.field}>
            <span>{t('scale')}</span>
            <InputNumber min={0} max={6} value={scale} onChange={(next) => setScale(next ?? 2)} />
          </label>
        )}
        {chosen && (
          <div className={styles.field}>
            <span>{t('choices')}</span>
            {choices.map((row, index) => (
              <div key={index} className={styles.choice}>
                <Select
                  value={row.color}
                  onChange={(color) => change(index, { color })}
                  aria-label={t('color')}
                  options={Object.keys(choiceColors).map((color) => ({ value: color, label: <Tag color={color}>{t(`colors.${color}` as 'colors.gray')}</Tag> }))}
                />
                <Input value={row.zh} onChange={(event) => change(index, { zh: event.target.value })} placeholder={t('chinese')} aria-label={t('chinese')} />
                <Input value={row.en} onChange={(event) => change(index, { en: event.target.value })} placeholder={t('english')} aria-label={t('english')} />
                <Button type="text" icon={<X size={14} />} aria-label={t('removeChoice')} onClick={() => setChoices(choices.filter((_, i) => i !== index))} />
              </div>
            ))}
            <span>
              <Button
                size="small"
                icon={<Plus size={14} />}
                onClick={() => setChoices([...choices, { color: Object.keys(choiceColors)[(choices.length + 1) % Object.keys(choiceColors).length] ?? 'gray', zh: '', en: '' }])}
              >
                {t('addChoice')}
              </Button>
            </span>
          </div>
        )}
        <Checkbox checked={required} onChange={(event) => setRequired(event.target.checked)}>
          {t('required')}
        </Checkbox>
        {others.map(([path, message]) => (
          <p key={path} role="alert" className={styles.problem}>
            {path ? `${path}: ` : ''}
            {message}
          </p>
        ))}
      </div>
    </Modal>
  );
}
