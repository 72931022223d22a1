import { DndContext, DragOverlay, KeyboardSensor, PointerSensor, useSensor, useSensors, type Announcements, type DragEndEvent } from '@dnd-kit/core';
import { Select } from 'antd';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '@/api/client';
import type { Filter, ObjectDefinition, RecordData } from '@/api/contract';
import { record as api } from '@/api/endpoints';
import { Notice, Waiting } from '@/design/states';
import { useToast } from '@/design/toast';
import { useStored } from '@/design/use';
import { useLabel } from '@/design/words';
import { useStageMove } from '@/domains/sales/use-stage-move';
import { useSave } from '@/records/changes';
import { editable } from '@/records/definitions';
import { keys } from '@/records/keys';
import { useProblemText } from '@/records/problems';
import { nameOf } from '@/records/values';
import { useListState } from '../list/state';
import styles from './board.module.css';
import { BoardColumn } from './column';
import { CardFace } from './card';
import { keyboardOptions } from './keyboard';
import { boardFields, columnOf, useBoardColumns } from './model';
import { columnQuery, showMoved } from './moving';

interface BoardProps {
  definition: ObjectDefinition;
  filter: Filter | undefined;
  q: string | undefined;
  group: string | undefined;
  onOpen: (record: RecordData) => void;
  onPeek: (record: RecordData) => void;
}

/** The records of a list as cards in columns of a choice or stage; a card is moved by dragging it or by keys. */
export function Board({ definition, filter, q, group, onOpen, onPeek }: BoardProps) {
  const { t } = useTranslation('list');
  const label = useLabel();
  const toast = useToast();
  const explain = useProblemText();
  const [, change] = useListState();
  const fields = boardFields(definition);
  const field = fields.find((one) => one.key === group) ?? fields[0]!;
  const [pipeline, setPipeline] = useStored<string | undefined>(`board.pipeline.${definition.key}`, undefined);
  const { columns, pipelines, chosen, pending } = useBoardColumns(field, pipeline);
  const client = useQueryClient();
  const save = useSave(definition.key);
  const { move: moveStage, dialog } = useStageMove(definition);
  const [held, setHeld] = useState<RecordData | null>(null);
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 6 } }), useSensor(KeyboardSensor, keyboardOptions));
  const money = definition.fields.find((one) => one.type === 'money' && one.measures.includes('sum') && definition.list_fields.includes(one.key));
  const mayMove = editable(definition, field);

  const body = {
    group_by: [field.key],
    measures: [['count'], ...(money ? [['sum', money.key]] : [])],
    ...(filter ? { filter } : {}),
    ...(q ? { q } : {}),
  };
  const { data: figures } = useQuery({ queryKey: keys.aggregate(definition.key, body), queryFn: () => api.aggregate(definition.key, body), staleTime: 15_000 });
  const figureOf = useMemo(() => {
    const byColumn = new Map<string, Record<string, unknown>>();
    for (const row of figures?.rows ?? []) byColumn.set(columnOf(row[field.key]) ?? '', row);
    return (value: string | null) => byColumn.get(value ?? '');
  }, [figures, field.key]);

  const drop = async ({ active, over }: DragEndEvent) => {
    const record = active.data.current?.record as RecordData | undefined;
    setHeld(null);
    if (!record || !over) return;
    const target = columns.find((column) => String(column.value) === String(over.id));
    if (!target || columnOf(record[field.key]) === target.value) return;
    const query = (value: string | null) => columnQuery(definition, field, value, filter, q);
    showMoved(client, definition.key, record, query(columnOf(record[field.key])), query(target.value));
    try {
      if (field.options.target === 'stage' && target.value) await moveStage(record, target.value);
      else await save.mutateAsync({ id: record.id, values: { [field.key]: target.record ?? target.value }, version: record.version });
    } catch (error) {
      const said = error instanceof ApiProblem ? Object.values(error.byField)[0] : undefined;
      toast.show({ text: said ?? explain(error), tone: 'bad' });
    } finally {
      // Whatever became of it, the columns then say so.
      await client.invalidateQueries({ queryKey: keys.lists(definition.key) });
    }
  };

  const announcements: Announcements = {
    onDragStart: ({ active }) => t('board.card', { name: nameOf(definition, (active.data.current?.record ?? {}) as RecordData), column: '' }),
    onDragOver: ({ over }) => columns.find((column) => String(column.value) === String(over?.id))?.name,
    onDragEnd: ({ over }) => columns.find((column) => String(column.value) === String(over?.id))?.name,
    onDragCancel: () => undefined,
  };

  if (pending) return <Waiting wide lines={8} />;
  if (columns.length === 0) return <Notice title={t('noneMatch')} />;
  return (
    <div className={styles.board} data-testid="board">
      {(fields.length > 1 || pipelines.length > 1) && (
        <div className={styles.options}>
          {pipelines.length > 1 && (
            <Select size="small" value={chosen} aria-label={t('board.pipeline')} options={pipelines.map((one) => ({ value: one.id, label: one.name }))} onChange={setPipeline} popupMatchSelectWidth={false} />
          )}
          {fields.length > 1 && (
            <Select
              size="small"
              value={field.key}
              prefix={t('board.group')}
              options={fields.map((one) => ({ value: one.key, label: label(one.label) }))}
              onChange={(next) => change({ group: next })}
              popupMatchSelectWidth={false}
            />
          )}
        </div>
      )}
      <DndContext
        sensors={sensors}
        accessibility={{ announcements }}
        onDragStart={({ active }) => setHeld(active.data.current?.record as RecordData)}
        onDragCancel={() => setHeld(null)}
        onDragEnd={(event) => void drop(event)}
      >
        <div className={styles.columns}>
          {columns.map((column) => (
            <BoardColumn
              key={column.value ?? ''}
              definition={definition}
              field={field}
              column={column}
              filter={filter}
              q={q}
              money={money}
              figures={figureOf(column.value)}
              mayMove={mayMove}
              onOpen={onOpen}
              onPeek={onPeek}
            />
          ))}
        </div>
        <DragOverlay dropAnimation={null}>{held && <CardFace definition={definition} record={held} field={field} lifted />}</DragOverlay>
      </DndContext>
      {dialog}
    </div>
  );
}

