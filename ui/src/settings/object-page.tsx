import { Button, Dropdown, Modal, Popconfirm, Tag } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { ChevronLeft, Ellipsis, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import type { FieldDefinition, Label, ObjectDefinition } from '@/api/contract';
import { definitions as api } from '@/api/endpoints';
import { useToast } from '@/design/toast';
import { useLabel } from '@/design/words';
import { typeLabel } from '@/fields/registry';
import { useDefinition } from '@/records/definitions';
import { keys } from '@/records/keys';
import { useProblemText } from '@/records/problems';
import { AddField } from './add-field';
import { LabelInput, whole } from './labels';
import { RecordTypes } from './record-types';
import styles from './settings.module.css';

const route = getRouteApi('/app/settings/objects/$object');

/** One object: its fields, and what can be changed of them. */
export function ObjectPage() {
  const { object } = route.useParams();
  const { t } = useTranslation('settings');
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const definition = useDefinition(object);
  const [adding, setAdding] = useState(false);
  const [renaming, setRenaming] = useState<FieldDefinition | ObjectDefinition | null>(null);

  const refresh = async () => {
    await client.invalidateQueries({ queryKey: keys.objects });
    await client.invalidateQueries({ queryKey: keys.object(object) });
  };
  const attempt = async (work: () => Promise<unknown>, done: string) => {
    try {
      await work();
      await refresh();
      toast.show({ text: done });
    } catch (error) {
      toast.show({ text: explain(error), tone: 'bad' });
    }
  };

  const typeName = (type: string) => label(typeLabel(type));
  return (
    <div className={styles.body}>
      <div className={styles.bar}>
        <Link to="/settings/objects" aria-label={t('back')}>
          <Button type="text" icon={<ChevronLeft size={16} />} tabIndex={-1} />
        </Link>
        <h2>{label(definition.label)}</h2>
        {definition.custom && (
          <Popconfirm
            title={t('retireObject', { name: label(definition.label) })}
            description={t('retireObjectText')}
            okText={t('retire')}
            okButtonProps={{ danger: true }}
            onConfirm={() =>
              void attempt(async () => {
                await api.retireObject(object);
                await navigate({ to: '/settings/objects' });
              }, t('objectRetired'))
            }
          >
            <Button danger>{t('retire')}</Button>
          </Popconfirm>
        )}
        <Button onClick={() => setRenaming(definition)}>{t('rename')}</Button>
        <Button type="primary" icon={<Plus size={16} />} onClick={() => setAdding(true)} data-testid="add-field">
          {t('addField')}
        </Button>
      </div>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th>{t('field')}</th>
              <th className={styles.wide}>{t('key')}</th>
              <th>{t('type')}</th>
              <th>{t('properties')}</th>
              <th className={styles.wide}>{t('origin')}</th>
              <th aria-label={t('actions')} />
            </tr>
          </thead>
          <tbody>
            {definition.fields.map((field) => (
              <tr key={field.key} data-testid={`field-${field.key}`}>
                <td>
                  <span className={styles.nameCell}>{label(field.label)}</span>
                </td>
                <td className={`${styles.key} ${styles.wide}`}>{field.key}</td>
                <td>{typeName(field.type)}</td>
                <td>
                  <span className={styles.properties}>
                    {field.state !== 'ready' && <Tag color={field.state === 'failed' ? 'red' : 'gold'}>{t(`states.${field.state}`)}</Tag>}
                    {field.required && <Tag variant="filled">{t('required')}</Tag>}
                    {field.unique && <Tag variant="filled">{t('unique')}</Tag>}
                    {field.read_only && <Tag variant="filled">{t('readOnly')}</Tag>}
                  </span>
                </td>
                <td className={styles.wide}>{field.custom ? t('custom') : field.system ? t('systemField') : t('standard')}</td>
                <td className={styles.right}>
                  {!field.system && (
                    <Dropdown
                      trigger={['click']}
                      menu={{
                        items: [
                          { key: 'rename', label: t('rename'), onClick: () => setRenaming(field) },
                          {
                            key: 'required',
                            label: field.required ? t('makeOptional') : t('makeRequired'),
                            onClick: () => void attempt(() => api.changeField(object, field.key, { required: !field.required }), t('fieldChanged')),
                          },
                          ...(field.custom
                            ? [
                                { type: 'divider' as const },
                                {
                                  key: 'retire',
                                  danger: true,
                                  label: t('retire'),
                                  onClick: () => void attempt(() => api.retireField(object, field.key), t('fieldRetired')),
                                },
                              ]
                            : []),
                        ],
                      }}
                    >
                      <Button type="text" size="small" icon={<Ellipsis size={16} />} aria-label={t('actionsOf', { field: label(field.label) })} />
                    </Dropdown>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <RecordTypes definition={definition} onDone={refresh} />
      {adding && <AddField definition={definition} onClose={() => setAdding(false)} onDone={refresh} />}
      {renaming && (
        <Rename
          what={renaming}
          onClose={() => setRenaming(null)}
          onSave={async (name) => {
            await ('fields' in renaming ? api.changeObject(object, { label: name }) : api.changeField(object, renaming.key, { label: name }));
            await refresh();
            toast.show({ text: t('renamed') });
          }}
        />
      )}
    </div>
  );
}

interface RenameProps {
  what: FieldDefinition | ObjectDefinition;
  onSave: (label: Label) => Promise<void>;
  onClose: () => void;
}

function Rename({ what, onSave, onClose }: RenameProps) {
  const { t } = useTranslation('settings');
  const explain = useProblemText();
  const [name, setName] = useState<Label>(what.label);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    const label = whole(name);
    if (!label) return setProblem(t('nameNeeded'));
    setBusy(true);
    try {
      await onSave(label);
      onClose();
    } catch (error) {
      setProblem(error instanceof ApiProblem ? (Object.values(error.byField)[0] ?? explain(error)) : explain(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open title={t('rename')} okText={t('save')} onOk={() => void save()} confirmLoading={busy} onCancel={onClose}>
      <div className={styles.form}>
        <LabelInput title={t('name')} value={name} onChange={setName} error={problem} autoFocus />
      </div>
    </Modal>
  );
}
