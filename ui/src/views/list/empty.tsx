import { Button } from 'antd';
import { SearchX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ObjectDefinition } from '@/api/contract';
import { iconOf } from '@/design/icons';
import { Notice } from '@/design/states';
import { useLabel } from '@/design/words';

interface EmptyListProps {
  definition: ObjectDefinition;
  filtered: boolean;
  onClear: () => void;
  onAdd: () => void;
}

/** A list without records: why, and how to get some. */
export function EmptyList({ definition, filtered, onClear, onAdd }: EmptyListProps) {
  const { t } = useTranslation('list');
  const label = useLabel();
  const object = label(definition.label);
  if (filtered) {
    return (
      <Notice icon={SearchX} title={t('noneMatch')} text={t('noneMatchText', { objects: label(definition.plural) })}>
        <Button onClick={onClear}>{t('showAll')}</Button>
      </Notice>
    );
  }
  return (
    <Notice icon={iconOf(definition.icon)} title={t('empty', { objects: label(definition.plural) })} text={definition.can.create ? t('emptyText', { object }) : t('emptyNoRight')}>
      {definition.can.create && (
        <Button type="primary" onClick={onAdd}>
          {t('new', { object })}
        </Button>
      )}
    </Notice>
  );
}
