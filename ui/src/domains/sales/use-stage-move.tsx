import { useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { ObjectDefinition, RecordData } from '@/api/contract';
import { useSave } from '@/records/changes';
import { isEmpty } from '@/records/values';
import { RequiredFieldsDialog } from './required-fields';
import { OutcomeDialog } from './outcome-dialog';
import { outcomeOfKind, type Outcome } from './outcomes';
import { stagesQuery } from './stages';

interface Asked {
  record: RecordData;
  stage: RecordData;
  missing: string[];
  done: () => void;
  failed: (error: unknown) => void;
}

/** The keys of the fields that a stage wants filled before it is entered. */
export function requiredBy(stage: RecordData): string[] {
  const named = stage.required_fields;
  if (Array.isArray(named)) return named.filter((key): key is string => typeof key === 'string');
  return typeof named === 'string' ? named.split(/[,\s]+/).filter(Boolean) : [];
}

/** Moves a deal to a stage; asks first for just the fields that the stage wants and the deal lacks. */
export function useStageMove(definition: ObjectDefinition): { move: (record: RecordData, stage: string) => Promise<void>; dialog: ReactNode } {
  const save = useSave(definition.key);
  const { data: stages } = useQuery({ ...stagesQuery, enabled: definition.fields.some((field) => field.options.target === 'stage') });
  const [asked, setAsked] = useState<Asked | null>(null);
  const [ending, setEnding] = useState<{ record: RecordData; outcome: Outcome; done: () => void } | null>(null);

  const write = async (record: RecordData, stage: RecordData, values: Record<string, unknown> = {}) => {
    await save.mutateAsync({ id: record.id, values: { ...values, stage: { id: stage.id, name: String(stage.name) } }, version: record.version });
  };

  const move = (record: RecordData, id: string): Promise<void> => {
    const stage = stages?.find((one) => one.id === id);
    if (!stage) return Promise.resolve();
    const outcome = outcomeOfKind[typeof stage.kind === 'string' ? stage.kind : ''];
    if (outcome) {
      return new Promise((done) => setEnding({ record, outcome, done }));
    }
    const missing = requiredBy(stage).filter((key) => isEmpty(record[key]) && definition.fields.some((field) => field.key === key));
    if (missing.length === 0) return write(record, stage);
    return new Promise((done, failed) => setAsked({ record, stage, missing, done, failed }));
  };

  const dialog = ending ? (
    <OutcomeDialog
      definition={definition}
      record={ending.record}
      outcome={ending.outcome}
      onClose={() => {
        ending.done();
        setEnding(null);
      }}
    />
  ) : asked && (
    <RequiredFieldsDialog
      definition={definition}
      record={asked.record}
      stage={asked.stage}
      fields={asked.missing}
      onCancel={() => {
        asked.done();
        setAsked(null);
      }}
      onSave={async (values) => {
        await write(asked.record, asked.stage, values);
        asked.done();
        setAsked(null);
      }}
    />
  );
  return { move, dialog };
}
