import { useDraggable } from '@dnd-kit/core';
import type { FieldDefinition, ObjectDefinition, RecordData } from '@/api/contract';
import { useTranslation } from 'react-i18next';
import { fieldType } from '@/fields/registry';
import { FieldValue } from '@/fields/value';
import { isEmpty, nameOf } from '@/records/values';
import styles from './board.module.css';

/** What a card says beside its name: the first columns of the list, but for the column it stands in. */
export function cardFields(definition: ObjectDefinition, field: FieldDefinition): FieldDefinition[] {
  return definition.list_fields
    .flatMap((key) => definition.fields.find((one) => one.key === key) ?? [])
    .filter((one) => one.key !== definition.name_field && one.key !== field.key && !fieldType(one.type).tall && one.key !== 'pipeline' && one.key !== 'outcome')
    .slice(0, 4);
}

interface CardProps {
  definition: ObjectDefinition;
  record: RecordData;
  field: FieldDefinition;
  lifted?: boolean;
}

/** The face of a card. */
export function CardFace({ definition, record, field, lifted }: CardProps) {
  const { t } = useTranslation('list');
  return (
    <div className={styles.card} data-lifted={lifted || undefined}>
      <span className={styles.cardName}>{nameOf(definition, record) || t('unnamed')}</span>
      <span className={styles.cardFacts}>
        {cardFields(definition, field)
          .filter((one) => !isEmpty(record[one.key]))
          .map((one) => {
            return (
              <span key={one.key} className={styles.cardFact}>
                <FieldValue value={record[one.key]} field={one} place="words" record={record} />
              </span>
            );
          })}
      </span>
    </div>
  );
}

interface DraggableCardProps extends CardProps {
  mayMove: boolean;
  onOpen: (record: RecordData) => void;
  onPeek: (record: RecordData) => void;
}

/** A card that can be dragged, opened by a click or Enter, shown beside the board by Space with Alt. */
export function DraggableCard({ definition, record, field, mayMove, onOpen, onPeek }: DraggableCardProps) {
  const { attributes, listeners, setNodeRef, isDragging } = useDraggable({ id: record.id, data: { record }, disabled: !mayMove });
  return (
    <div
      ref={setNodeRef}
      {...attributes}
      {...listeners}
      className={styles.cardPlace}
      data-dragging={isDragging || undefined}
      data-testid="board-card"
      onClick={(event) => (event.altKey ? onPeek(record) : onOpen(record))}
    >
      <CardFace definition={definition} record={record} field={field} />
    </div>
  );
}
