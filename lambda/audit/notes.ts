import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditReason } from '../../src/private/audit.js';
import type { RegistrationItem } from '../../src/private/registration.js';

/** What the code that performs a call notes for its audit record. */
export interface AuditNotes {
  /** Name and id of the registration. */
  registration?: { readonly name: string; readonly id: string };
  reason?: AuditReason;
  mcpRequestId?: string;
  taskId?: string;
  /** The stored registration before and after a change. */
  before?: RegistrationItem;
  after?: RegistrationItem;
}

const current = new AsyncLocalStorage<AuditNotes>();

/** Runs an action whose notes go to one record. */
export function takingNotes<T>(notes: AuditNotes, action: () => T): T {
  return current.run(notes, action);
}

/** Adds to the record of the call that is being performed, if there is one. */
export function note(notes: AuditNotes): void {
  Object.assign(current.getStore() ?? {}, notes);
}
