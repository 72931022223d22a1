import { Button, Dropdown, Space } from 'antd';
import { Link } from '@tanstack/react-router';
import { ChevronDown, ChevronUp, Ellipsis, Link2, Pencil, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FieldDefinition, ObjectDefinition, RecordData } from '@/api/contract';
import { ObjectIcon } from '@/design/object-icon';
import { useToast } from '@/design/toast';
import { useNarrow } from '@/design/use';
import { useLabel } from '@/design/words';
import { DomainHead } from '@/domains/head';
import { domainFacts, domainHead } from '@/domains/registry';
import { fieldType } from '@/fields/registry';
import { FieldValue } from '@/fields/value';
import { isEmpty, nameOf } from '@/records/values';
import { PinnedActions } from './actions';
import styles from './record.module.css';

interface RecordHeadProps {
  definition: ObjectDefinition;
  record: RecordData;
  onEdit: () => void;
  onDelete: () => void;
  onPrevious?: () => void;
  onNext?: () => void;
}

/** The facts that name a record beside its name: what its list shows first, as far as it is filled. */
export function keyFacts(definition: ObjectDefinition, record: RecordData, most: number): FieldDefinition[] {
  return definition.list_fields
    .flatMap((key) => definition.fields.find((field) => field.key === key) ?? [])
    .filter((field) => field.key !== definition.name_field && !fieldType(field.type).tall && !isEmpty(record[field.key]) && !(domainHead(definition.key) && domainFacts(definition.key).has(field.key)))
    .slice(0, most);
}

/** Name, key facts, what a domain adds (the stage path of a deal), and what can be done. */
export function RecordHead({ definition, record, onEdit, onDelete, onPrevious, onNext }: RecordHeadProps) {
  const { t } = useTranslation('record');
  const label = useLabel();
  const toast = useToast();
  const narrow = useNarrow();
  const name = nameOf(definition, record) || t('unnamed');
  const copy = async () => {
    await navigator.clipboard.writeText(window.location.href);
    toast.show({ text: t('linkCopied') });
  };
  return (
    <header className={styles.head}>
      <div className={styles.line}>
        <Link to="/records/$object" params={{ object: definition.key }} className={styles.crumb}>
          <ObjectIcon name={definition.icon} />
          {!narrow && label(definition.plural)}
        </Link>
        <h1 className={styles.name} title={name}>
          {name}
        </h1>
        <span className={styles.space} />
        {!narrow && (onPrevious ?? onNext) && (
          <Space.Compact>
            <Button type="text" icon={<ChevronUp size={16} />} disabled={!onPrevious} onClick={onPrevious} aria-label={t('previous')} title={t('previous')} />
            <Button type="text" icon={<ChevronDown size={16} />} disabled={!onNext} onClick={onNext} aria-label={t('next')} title={t('next')} />
          </Space.Compact>
        )}
        <PinnedActions definition={definition} record={record} />
        {definition.can.edit && (
          <Button icon={<Pencil size={14} />} onClick={onEdit} aria-label={t('edit')}>
            {narrow ? null : t('edit')}
          </Button>
        )}
        <Dropdown
          trigger={['click']}
          placement="bottomRight"
          menu={{
            items: [
              { key: 'copy', icon: <Link2 size={14} />, label: t('copyLink'), onClick: () => void copy() },
              ...(definition.can.delete ? [{ type: 'divider' as const }, { key: 'delete', danger: true, icon: <Trash2 size={14} />, label: t('delete'), onClick: onDelete }] : []),
            ],
          }}
        >
          <Button icon={<Ellipsis size={16} />} aria-label={t('more')} data-testid="record-more" />
        </Dropdown>
      </div>
      <DomainHead definition={definition} record={record} />
      {!narrow && (
        <div className={styles.facts}>
          {keyFacts(definition, record, 6).map((field) => {
            return (
              <span key={field.key} className={styles.fact}>
                <span>{label(field.label)}</span>
                <span>
                  <FieldValue value={record[field.key]} field={field} place="cell" record={record} />
                </span>
              </span>
            );
          })}
        </div>
      )}
    </header>
  );
}
