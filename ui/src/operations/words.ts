/** What an operation did and what undoing it would do, in words. */
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useQueries } from '@tanstack/react-query';
import type { Label, ObjectDefinition, Operation, OperationChange } from '@/api/contract';
import { formatInteger } from '@/design/format';
import { useLabel } from '@/design/words';
import { definitionQuery, useMaybeDefinition, useObjects } from '@/records/definitions';

const kinds = [
  'save', 'bulk', 'delete', 'restore', 'purge', 'import', 'undo', 'settings', 'share', 'password_changed', 'api_key_made',
  'api_key_revoked', 'create_object', 'update_object', 'retire_object', 'restore_object', 'add_field', 'update_field',
  'retire_field', 'restore_field', 'cancel_retype', 'setup', 'demo',
] as const;

type Kind = (typeof kinds)[number];

/** The kind of an operation among those that have words. */
export const kindOf = (operation: Pick<Operation, 'kind'>): Kind | 'action' | 'other' =>
  operation.kind.startsWith('action:') ? 'action' : (kinds.find((kind) => kind === operation.kind) ?? 'other');

/** What is worth telling: a record that was made and then filled in by the same operation was made. */
export function told(changes: OperationChange[]): OperationChange[] {
  return changes.filter(
    ({ object, kind, count }) => kind !== 'update' || !changes.some((other) => other.object === object && other.kind === 'create' && other.count >= count),
  );
}

/** The changes of an operation with the one that people mean by it first: a deal before the stages it went through, also
 * where it was deleted, which begins with what depends on it. */
export function inOrder({ kind, changes }: Pick<Operation, 'kind' | 'changes'>, isPart: (object: string) => boolean): OperationChange[] {
  const rank = (change: OperationChange) => Number(kind === 'delete' && change.kind !== 'delete') * 2 + Number(isPart(change.object));
  const found = told(changes);
  return (kind === 'delete' ? found.reverse() : found).sort((a, b) => rank(a) - rank(b));
}

/** The label of the action that an operation was, as the definitions of what it changed have it, the first first. */
export function actionLabel({ kind }: Pick<Operation, 'kind'>, definitions: (Pick<ObjectDefinition, 'actions'> | undefined)[]): Label | undefined {
  const key = kind.startsWith('action:') ? kind.slice('action:'.length) : undefined;
  return definitions.flatMap((definition) => definition?.actions.find((action) => action.key === key)?.label ?? [])[0];
}

/** What an operation did in people's words: an action by its name, a change of definitions with the object and field. */
export function useTitle(operation: Operation): { kind: string; about: string | null } {
  const { t } = useTranslation('operations');
  const label = useLabel();
  const nameOf = useObjectName();
  const isPart = useIsPart();
  const kind = kindOf(operation);
  const acted = kind === 'action' ? [...new Set(inOrder(operation, isPart).map(({ object }) => object))] : [];
  const definitions = useQueries({ queries: acted.map((object) => ({ ...definitionQuery(object), retry: false })), combine: (answers) => answers.map(({ data }) => data) });
  const { object, field } = operation.about ?? {};
  const defined = useMaybeDefinition(field ? object : undefined);
  const about = object && [nameOf(object), field && (label(defined?.fields.find((one) => one.key === field)?.label) || field)].filter(Boolean).join(' · ');
  return { kind: label(actionLabel(operation, definitions)) || t(`kinds.${kind}`), about: about || null };
}

/** Whether an object's records are parts of others. */
export function useIsPart() {
  const objects = useObjects();
  return useCallback((object: string) => Boolean(objects.find((one) => one.key === object)?.parent), [objects]);
}

/** The name of an object, or its key where the person does not know it. */
function useObjectName() {
  const label = useLabel();
  const objects = useObjects();
  return useCallback((object: string) => label(objects.find((one) => one.key === object)?.label) || object, [label, objects]);
}

/** Names a number of records of an object: “3 Customers”, or the one by its name where that is known. */
export function useWhat() {
  const { t } = useTranslation('operations');
  const label = useLabel();
  const objects = useObjects();
  return useCallback(
    (object: string, count: number, name?: string | null, over = false): string => {
      const known = objects.find((one) => one.key === object);
      const single = known ? label(known.label) : object;
      if (name) return t('one', { object: single, name });
      const words = known && count !== 1 ? label(known.plural) : single;
      return t(over ? 'whatOver' : 'what', { count: formatInteger(count) as unknown as number, object: words });
    },
    [t, label, objects],
  );
}
