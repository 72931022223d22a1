import { Button, Input, Modal, Select, Tag } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import type { Label } from '@/api/contract';
import { definitions as api } from '@/api/endpoints';
import { iconNames, iconOf } from '@/design/icons';
import { Notice } from '@/design/states';
import { useToast } from '@/design/toast';
import { useLabel } from '@/design/words';
import { useObjects } from '@/records/definitions';
import { keys } from '@/records/keys';
import { useProblemText } from '@/records/problems';
import { areaOf, areaOrder } from '@/shell/areas';
import { useAreaName } from '@/shell/navigation';
import { keyFrom, LabelInput, whole } from './labels';
import { useMayDefine } from './rights';
import styles from './settings.module.css';

/** All objects, and the way to make another. */
export function ObjectsPage() {
  const { t } = useTranslation('settings');
  const label = useLabel();
  const areaName = useAreaName();
  const objects = useObjects();
  const mayDefine = useMayDefine();
  const [adding, setAdding] = useState(false);
  if (!mayDefine) return <Notice title={t('notAllowed')} text={t('notAllowedText')} />;
  return (
    <div className={styles.body}>
      <div className={styles.bar}>
        <h2>{t('objects')}</h2>
        <Button type="primary" icon={<Plus size={16} />} onClick={() => setAdding(true)} data-testid="add-object">
          {t('addObject')}
        </Button>
      </div>
      <p className={styles.hint}>{t('objectsHint')}</p>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th>{t('name')}</th>
              <th className={styles.wide}>{t('key')}</th>
              <th>{t('area')}</th>
              <th>{t('origin')}</th>
            </tr>
          </thead>
          <tbody>
            {objects.map((object) => {
              const Icon = iconOf(object.icon);
              return (
                <tr key={object.key}>
                  <td>
                    <Link to="/settings/objects/$object" params={{ object: object.key }} className={styles.nameCell}>
                      <Icon size={16} strokeWidth={1.75} aria-hidden />
                      {label(object.label)}
                    </Link>
                  </td>
                  <td className={`${styles.key} ${styles.wide}`}>{object.key}</td>
                  <td>{areaName(areaOf(object))}</td>
                  <td>
                    <Tag variant="filled" color={object.custom ? 'blue' : undefined}>
                      {object.custom ? t('custom') : t('standard')}
                    </Tag>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {adding && <AddObject onClose={() => setAdding(false)} />}
    </div>
  );
}

function AddObject({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('settings');
  const areaName = useAreaName();
  const toast = useToast();
  const explain = useProblemText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState<Label>({ zh: '', en: '' });
  const [plural, setPlural] = useState('');
  const [area, setArea] = useState<string>('custom');
  const [icon, setIcon] = useState('file');
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);

  const save = async () => {
    const label = whole(name);
    if (!label) return setErrors({ label: t('nameNeeded') });
    setBusy(true);
    try {
      const words = { zh: label.zh, en: plural.trim() || (name.en.trim() ? label.en + 's' : label.en) };
      const { data } = await api.addObject({ key: keyFrom(name.en) || undefined, label, plural: words, area, icon });
      await client.invalidateQueries({ queryKey: keys.objects });
      await navigate({ to: '/settings/objects/$object', params: { object: data.key } });
    } catch (error) {
      if (error instanceof ApiProblem && error.document.errors?.length) setErrors(error.byField);
      else toast.show({ text: explain(error), tone: 'bad' });
    } finally {
      setBusy(false);
    }
  };

  const others = Object.entries(errors).filter(([path]) => path !== 'label');
  return (
    <Modal open title={t('addObject')} okText={t('add')} onOk={() => void save()} confirmLoading={busy} onCancel={onClose} width={560}>
      <div className={styles.form}>
        <LabelInput title={t('name')} value={name} onChange={setName} error={errors.label} autoFocus />
        <div className={styles.pair}>
          <label className={styles.field}>
            <span>{t('englishPlural')}</span>
            <Input value={plural} placeholder={name.en ? name.en + "s" : ""} onChange={(event) => setPlural(event.target.value)} />
          </label>
          <label className={styles.field}>
            <span>{t('area')}</span>
            <Select value={area} onChange={setArea} options={areaOrder.map((key) => ({ value: key, label: areaName(key) }))} />
          </label>
        </div>
        <label className={styles.field}>
          <span>{t('icon')}</span>
          <Select
            value={icon}
            onChange={setIcon}
            showSearch
            options={iconNames.map((key) => {
              const Icon = iconOf(key);
              return {
                value: key,
                label: (
                  <span className={styles.nameCell}>
                    <Icon size={16} aria-hidden /> {key}
                  </span>
                ),
              };
            })}
          />
        </label>
        {others.map(([path, message]) => (
          <p key={path} role="alert" className={styles.problem}>
            {path}: {message}
          </p>
        ))}
      </div>
    </Modal>
  );
}
