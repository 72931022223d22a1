import { Button } from 'antd';
import { Pencil, Trash2, UserRound, X } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Filter, ObjectDefinition } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { formatInteger } from '@/design/format';
import { useNarrow } from '@/design/use';
import { useDelete } from '@/records/changes';
import styles from './list.module.css';

const BulkEdit = lazy(() => import('./bulk-edit').then((m) => ({ default: m.BulkEdit })));
/** The server takes as many in one operation. */
const most = 1000;

interface SelectionBarProps {
  definition: ObjectDefinition;
  ids: string[];
  total: number | null;
  filter: Filter | undefined;
  q: string | undefined;
  onAll: (ids: string[]) => void;
  onDone: () => void;
}

/** What can be done to the selected records. */
export function SelectionBar({ definition, ids, total, filter, q, onAll, onDone }: SelectionBarProps) {
  const { t } = useTranslation('list');
  const [editing, setEditing] = useState<string | true | null>(null);
  const [collecting, setCollecting] = useState(false);
  const remove = useDelete(definition.key);
  // On a phone there is room for the marks of what can be done, not for its words.
  const narrow = useNarrow();
  const named = (words: string) => (narrow ? { 'aria-label': words, title: words } : { children: words });
  const owner = definition.fields.find((field) => field.key === 'owner' && field.access === 'edit' && !field.read_only);

  const selectAll = async () => {
    setCollecting(true);
    try {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await api.list(definition.key, { filter, q, fields: ['id'], limit: 200, cursor, count: 'none' });
        found.push(...page.records.map((record) => record.id));
        cursor = page.next_cursor;
      } while (cursor && found.length < most);
      onAll(found.slice(0, most));
    } finally {
      setCollecting(false);
    }
  };

  return (
    <div className={styles.selection} role="toolbar" aria-label={t('selection')} data-testid="selection">
      <strong>{t('selected', { count: ids.length, formatted: formatInteger(ids.length) })}</strong>
      {total !== null && ids.length < total && total <= most && (
        <Button type="link" size="small" loading={collecting} onClick={() => void selectAll()}>
          {t('selectAll', { formatted: formatInteger(total) })}
        </Button>
      )}
      {definition.can.edit && (
        <Button type="text" icon={<Pencil size={14} />} onClick={() => setEditing(true)} disabled={ids.length > most} {...named(t('bulkEdit'))} />
      )}
      {definition.can.edit && owner && (
        <Button type="text" icon={<UserRound size={14} />} onClick={() => setEditing('owner')} disabled={ids.length > most} {...named(t('assign'))} />
      )}
      {definition.can.delete && (
        <Button type="text" danger icon={<Trash2 size={14} />} loading={remove.isPending} disabled={ids.length > most} onClick={() => remove.mutate(ids, { onSuccess: onDone })} {...named(t('delete'))} />
      )}
      <Button type="text" icon={<X size={14} />} aria-label={t('clearSelection')} title={t('clearSelection')} onClick={onDone} />
      <Suspense fallback={null}>
        {editing && <BulkEdit definition={definition} ids={ids} field={editing === true ? undefined : editing} onClose={() => setEditing(null)} onDone={onDone} />}
      </Suspense>
    </div>
  );
}
