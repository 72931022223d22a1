import type { DomainPart } from '../registry';

/** What office adds to the common pages: tasks are due at a time as long as they are open. */
export default [{ object: 'task', due: { field: 'due_at', status: 'status', open: ['todo', 'doing'] } }] satisfies DomainPart[];
