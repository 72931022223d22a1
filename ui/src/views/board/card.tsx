import { useDraggable } from '@dnd-kit/core';
import type { FieldDefinition, ObjectDefinition, RecordData } from '@/api/contract';
import { CornerDownRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useSetting } from '@/design/words';
import { Avatar } from '@/fields/shared/display';
import { fieldType } from '@/fields/registry';
import { FieldValue } from '@/fields/value';
import { isEmpty, isReference, nameOf } from '@/records/values';
import styles from './board.module.css';

interface CardParts {
  /** What the record belongs to, in a line of its own. */
  belongs: FieldDefinition[];
  facts: FieldDefinition[];
  owner: FieldDefinition | undefined;
  /** What is to be done next, and the day by which an open record should have come to its end. */
  next: FieldDefinition | undefined;
  due: FieldDefinition | undefined;
}

/** What a card says beside its name: whom it is for, a few facts of the list's columns, whose it is. */
function cardParts(definition: ObjectDefinition, field: FieldDefinition): CardParts {
  const fields = definition.list_fields
    .flatMap((key) => definition.fields.find((one) => one.key === key) ?? [])
    .filter((one) => one.key !== definition.name_field && one.key !== field.key && !fieldType(one.type).tall);
  const belongs = fields.filter((one) => one.type === 'reference' && one.options.target !== 'stage' && one.options.target !== 'pipeline').slice(0, 1);
  const owner = definition.fields.find((one) => one.key === 'owner');
  const facts = fields.filter((one) => !belongs.includes(one) && ['money', 'date', 'datetime', 'choice', 'phone', 'text'].includes(one.type)).slice(0, 3);
  const shown = (key: string) => definition.fields.find((one) => one.key === key && one.operators.length > 0);
  return { belongs, facts, owner, next: shown('next_step'), due: shown('outcome') && shown('expected_close') };
}

/** The fields that cards of an object need. */
export function cardFields(definition: ObjectDefinition, field: FieldDefinition): FieldDefinition[] {
  const { belongs, facts, owner, next, due } = cardParts(definition, field);
  const outcome = due && definition.fields.find((one) => one.key === 'outcome');
  return [...belongs, ...facts, ...[owner, next, due, outcome].filter((one) => one !== undefined)];
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
  const { belongs, facts, owner, next, due } = cardParts(definition, field);
  const { today } = useSetting();
  const late = due && record.outcome === 'open' && typeof record[due.key] === 'string' && (record[due.key] as string) < today;
  const whose = owner && record[owner.key];
  const shown = (list: FieldDefinition[]) =>
    list
      .filter((one) => !isEmpty(record[one.key]))
      .map((one) => (
        <span key={one.key} className={styles.cardFact} data-type={one.type} data-late={(late && one === due) || undefined}>
          <FieldValue value={record[one.key]} field={one} place="words" record={record} />
        </span>
      ));
  return (
    <div className={styles.card} data-lifted={lifted || undefined}>
      <span className={styles.cardName}>{nameOf(definition, record) || t('unnamed')}</span>
      {shown(belongs)}
      {next && !isEmpty(record[next.key]) && (
        <span className={styles.cardNext}>
          <CornerDownRight size={12} aria-hidden />
          <FieldValue value={record[next.key]} field={next} place="words" record={record} />
        </span>
      )}
      <span className={styles.cardFoot}>
        <span className={styles.cardFacts}>{shown(facts)}</span>
        {isReference(whose) && whose.name && (
          <span title={whose.name}>
            <Avatar name={whose.name} />
          </span>
        )}
      </span>
    </div>
  );
}

interface DraggableCardProps extends CardProps {
  mayMove: boolean;
  onOpen: (record: RecordData) => void;
  onPeek: (record: RecordData) => void;
}

/** A card that can be dragged, also by keys; a click opens it, with Alt beside the board. */
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
      data-id={record.id}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !isDragging) onOpen(record);
        else (listeners?.onKeyDown as ((event: React.KeyboardEvent) => void) | undefined)?.(event);
      }}
      onClick={(event) => (event.altKey ? onPeek(record) : onOpen(record))}
    >
      <CardFace definition={definition} record={record} field={field} />
    </div>
  );
}
