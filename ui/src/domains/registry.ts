/** What domains add to the common pages, by object. A domain's folder says so in its `index.ts`. */
import type { ComponentType } from 'react';
import type { ObjectDefinition, RecordData } from '@/api/contract';

export interface DomainHeadProps {
  definition: ObjectDefinition;
  record: RecordData;
}

export interface DomainPart {
  /** The object it is about. */
  object: string;
  /** Shown below the name in the head of the record. */
  Head?: ComponentType<DomainHeadProps>;
  /** Actions that the domain's own parts offer; the common menu leaves them out. */
  actions?: string[];
  /** Fields that the head shows in its own way. */
  facts?: string[];
  /** Fields that mean nothing before the record exists; the form for a new one leaves them out. */
  later?: string[];
  /** The field with the moment a record is due, and the states in which it still is: lists beside others go by it. */
  due?: { field: string; status: string; open: string[] };
  /** Fields that the server fills where they are left empty, in a way worth seeing before: what it would take, and what
   * of it may be chosen, follows from these fields (`by`). A change of one empties those that it `resets`. */
  taken?: { fields: string[]; by: string[]; resets: Record<string, string[]> };
}

const modules = import.meta.glob<DomainPart[]>('./*/index.ts', { eager: true, import: 'default' });
const parts = new Map(Object.values(modules).flatMap((list) => list.map((part) => [part.object, part] as const)));

/** What a domain shows in the head of an object's records. */
export const domainHead = (object: string): ComponentType<DomainHeadProps> | undefined => parts.get(object)?.Head;

/** The actions a domain offers by itself. */
export const domainActions = (object: string): ReadonlySet<string> => new Set(parts.get(object)?.actions);

/** The fields that the head shows in its own way. */
export const domainFacts = (object: string): ReadonlySet<string> => new Set(parts.get(object)?.facts);

/** When records of an object are due, if they ever are. */
export const domainDue = (object: string): DomainPart['due'] => parts.get(object)?.due;

/** The fields that the server fills in a way worth seeing before. */
export const takenFields = (object: string): DomainPart['taken'] => parts.get(object)?.taken;

/** The fields that the form for a new record leaves out. */
export const laterFields = (object: string): ReadonlySet<string> => new Set(parts.get(object)?.later);
