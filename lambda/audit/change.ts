import type { AuditAction, AuditOutcome, AuditReason } from '../../src/private/audit.js';
import type { RegistrationItem } from '../../src/private/registration.js';
import { definitionOf, idOf } from '../registry/item.js';
import { currentTrace, xrayTraceId } from '../shared/request-trace.js';
import { differences } from './difference.js';
import { type AuditNotes, takingNotes } from './notes.js';
import { millisecondsSince, nameText, writeRecord } from './record.js';

/** A request to change a registration. */
interface AuditedChange<Result> {
  readonly action: AuditAction;
  /** The id of the registration, as far as the request names it. */
  readonly registration?: string;
  /** Id of the caller; for a declared registration, the ARN of its stack. */
  readonly caller?: string;
  readonly requestId?: string;
  /** How the request ended, by its result. */
  readonly ending: (result: Result) => { readonly outcome: AuditOutcome; readonly reason?: AuditReason };
}

/** Performs a change of a registration and writes its audit record, with the difference that it made. */
export async function auditChange<Result>(change: AuditedChange<Result>, run: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const notes: AuditNotes = {};
  const result = await takingNotes(notes, run);
  const { before, after } = notes;
  const item = after ?? before;
  writeRecord({
    kind: 'registration',
    name: item?.name,
    registration: item ? idOf(item) : nameText(change.registration),
    caller: change.caller,
    ...change.ending(result),
    durationMs: millisecondsSince(started),
    requestId: change.requestId ?? currentTrace().requestId,
    xrayTraceId: xrayTraceId(currentTrace()),
    action: change.action,
    ...(item ? differences(definition(before), definition(after)) : {}),
  });
  return result;
}

function definition(item: RegistrationItem | undefined): unknown {
  return item && definitionOf(item);
}
