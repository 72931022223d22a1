import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiProblem, type Answer } from '@/api/client';
import type { RecordData, UndoReport } from '@/api/contract';
import { operations, record as api } from '@/api/endpoints';
import { useToast } from '@/design/toast';
import { cachedRecord, dropRecords, patchRecord, refreshObject, touchRecord } from './cache';
import { askAboutConflict } from './conflict';
import { keys } from './keys';
import { useProblemText } from './problems';
import { inTurn, stepped, versionSince } from './turns';
import { toWrite } from './values';

/** A key that makes sending the same write twice harmless. */
export const idempotencyKey = (): string =>
  typeof crypto.randomUUID === 'function' ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}`;

/** Undoes an operation, shows the records as they are then, and answers what the server reports. What is to be left
 * before they are, such as the page of a record that is no more, is left by `leave`. Throws what the server refuses. */
export function useTakeBack() {
  const client = useQueryClient();
  return async (operation: string, leave?: () => Promise<unknown>): Promise<UndoReport> => {
    const { data } = await operations.undo(operation);
    await leave?.();
    await Promise.all([client.invalidateQueries({ queryKey: ['records'] }), client.invalidateQueries({ queryKey: ['operations'] })]);
    return data;
  };
}

/** The same with a message of what came of it. */
export function useUndo() {
  const takeBack = useTakeBack();
  const toast = useToast();
  const { t } = useTranslation(['common', 'operations']);
  const explain = useProblemText();
  return async (operation: string, leave?: () => Promise<unknown>) => {
    try {
      const { changed, forbidden } = await takeBack(operation, leave);
      const kept = changed.length + forbidden.length;
      toast.show({ text: kept ? t('operations:toastKept', { count: kept }) : t('undone') });
    } catch (error) {
      toast.show({ text: explain(error), tone: 'bad' });
    }
  };
}

interface Save {
  id: string;
  values: Record<string, unknown>;
  /** What was on screen when the person began; the conflict dialog compares with it. */
  before?: Record<string, unknown>;
  version?: number;
}

/**
 * Saves fields of a record: shown at once, put back when refused. Where somebody else was first, the conflict dialog
 * asks which value to keep for each field and saves again.
 */
export function useSave(object: string) {
  const client = useQueryClient();
  const toast = useToast();
  const undo = useUndo();
  const { t } = useTranslation();

  const write = async ({ id, values, version }: Save): Promise<Answer<RecordData>> => {
    const at = versionSince(id, version ?? cachedRecord(client, object, id)?.version ?? 0);
    try {
      const answer = await api.update(object, id, toWrite(values), at);
      stepped(id, at, answer.data.version);
      return answer;
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 409 || !error.document.current) throw error;
      // The answer tells that there is a conflict; the record read afresh tells names of references too.
      const theirs = await api.read(object, id);
      const kept = await askAboutConflict({ object, id, mine: values, theirs });
      patchRecord(client, object, id, theirs);
      if (!kept || Object.keys(kept).length === 0) return { data: theirs, operation: null };
      patchRecord(client, object, id, kept);
      return write({ id, values: kept, version: theirs.version });
    }
  };

  return useMutation({
    mutationKey: ['save', object],
    mutationFn: (save: Save) => inTurn(save.id, () => write(save)),
    onMutate: ({ id, values }) => {
      const old = cachedRecord(client, object, id);
      const before = old && Object.fromEntries(Object.keys(values).map((key) => [key, old[key]]));
      patchRecord(client, object, id, values);
      return { before };
    },
    onError: (_error, { id }, context) => {
      if (context?.before) patchRecord(client, object, id, context.before);
    },
    onSuccess: ({ data, operation }, { id }) => {
      patchRecord(client, object, id, data);
      touchRecord(client, object, id);
      if (operation) toast.show({ text: t('saved'), action: { label: t('undo'), run: () => void undo(operation) } });
    },
  });
}

/** Makes a record. Sending again with the same key makes no second one. */
export function useCreate(object: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ values, key }: { values: Record<string, unknown>; key: string }) => api.create(object, toWrite(values), key),
    onSuccess: ({ data }) => {
      client.setQueryData(keys.one(object, data.id), undefined);
      void refreshObject(client, object);
    },
  });
}

/** Undoes the making of a record; where its page is open, its list takes the place of it. */
export function useUndoCreate(object: string) {
  const undo = useUndo();
  const leave = useLeaveRecord();
  return (operation: string, id: string) => undo(operation, () => leave(object, id));
}

/** Forgets a record that is no more; where its page is open, its list takes the place of it. */
export function useLeaveRecord() {
  const client = useQueryClient();
  const router = useRouter();
  return async (object: string, id: string) => {
    const open = router.state.matches.some(({ params }) => 'id' in params && params.object === object && params.id === id);
    if (open) await router.navigate({ to: '/records/$object', params: { object }, replace: true });
    dropRecords(client, object, [id]);
    client.removeQueries({ queryKey: keys.one(object, id) });
  };
}

/** Deletes records, one or many, with undo in the message. */
export function useDelete(object: string) {
  const client = useQueryClient();
  const toast = useToast();
  const undo = useUndo();
  const { t } = useTranslation();
  const explain = useProblemText();
  return useMutation({
    mutationFn: async (ids: string[]) =>
      ids.length === 1
        ? await api.remove(object, ids[0]!)
        : await api.bulk(object, { deletes: ids.map((id) => ({ id })), atomic: true }, idempotencyKey()),
    onSuccess: ({ operation }, ids) => {
      dropRecords(client, object, ids);
      void client.invalidateQueries({ queryKey: keys.counts(object) });
      void client.invalidateQueries({ queryKey: keys.lists(object), refetchType: 'none' });
      toast.show({
        text: t('deleted', { count: ids.length }),
        action: operation ? { label: t('undo'), run: () => void undo(operation) } : undefined,
      });
    },
    onError: (error) => toast.show({ text: explain(error), tone: 'bad' }),
  });
}

/** Sets the same values on many records, all or nothing, with undo in the message. */
export function useBulkEdit(object: string) {
  const client = useQueryClient();
  const toast = useToast();
  const undo = useUndo();
  const { t } = useTranslation();
  return useMutation({
    mutationFn: ({ ids, values }: { ids: string[]; values: Record<string, unknown> }) =>
      api.bulk(object, { updates: ids.map((id) => ({ id, values: toWrite(values) })), atomic: true }, idempotencyKey()),
    onSuccess: ({ operation }, { ids }) => {
      void refreshObject(client, object);
      toast.show({
        text: t('changed', { count: ids.length }),
        action: operation ? { label: t('undo'), run: () => void undo(operation) } : undefined,
      });
    },
  });
}

/** Brings deleted records back, one or many. */
export function useRestore(object: string) {
  const { t } = useTranslation();
  return useFromBin(
    object,
    (ids) => (ids.length === 1 ? api.restore(object, ids[0]!) : api.bulk(object, { restores: ids.map((id) => ({ id })) }, idempotencyKey())),
    (count) => t('restored', { count }),
  );
}

/** Removes deleted records for good, one or many. */
export function usePurge(object: string) {
  const { t } = useTranslation();
  return useFromBin(
    object,
    (ids) => (ids.length === 1 ? api.purge(object, ids[0]!) : api.bulk(object, { purges: ids.map((id) => ({ id })) }, idempotencyKey())),
    (count) => t('purged', { count }),
  );
}

function useFromBin(object: string, take: (ids: string[]) => Promise<unknown>, words: (count: number) => string) {
  const client = useQueryClient();
  const toast = useToast();
  const explain = useProblemText();
  return useMutation({
    mutationFn: take,
    onSuccess: (_answer, ids) => {
      void refreshObject(client, object);
      toast.show({ text: words(ids.length) });
    },
    onError: (error) => toast.show({ text: explain(error), tone: 'bad' }),
  });
}

/** Does an action of a record, such as winning a deal. */
export function useAction(object: string) {
  const client = useQueryClient();
  const toast = useToast();
  const undo = useUndo();
  const { t } = useTranslation();
  return useMutation({
    mutationFn: ({ id, action, body }: { id: string; action: string; body: Record<string, unknown> }) =>
      api.act(object, id, action, toWrite(body)),
    onSuccess: ({ data, operation }, { id }) => {
      if (data) patchRecord(client, object, id, data);
      void client.invalidateQueries({ queryKey: keys.one(object, id) });
      touchRecord(client, object, id);
      if (operation) toast.show({ text: t('saved'), action: { label: t('undo'), run: () => void undo(operation) } });
    },
  });
}
