import type { AuditKind, AuditOutcome, AuditReason } from '../../src/private/audit.js';
import { isObject } from '../shared/json.js';
import type { Principal } from '../shared/principal.js';
import { callTrace, currentTrace, traceIdOf, xrayTraceId } from '../shared/request-trace.js';
import { nameOfSecretId } from '../shared/session-id.js';
import { type AuditNotes, takingNotes } from './notes.js';
import { millisecondsSince, nameText, payload, writeRecord } from './record.js';

/** What is known of a call before it runs. */
export interface AuditedCall {
  readonly kind: Exclude<AuditKind, 'registration'>;
  /** The name that the client requests. */
  readonly name?: string;
  readonly arguments?: unknown;
  readonly principal: Principal | null | undefined;
  readonly client?: { readonly name: string; readonly version: string };
  readonly transport: 'http' | 'sse';
  readonly sessionId?: string;
  readonly toolset?: string;
  /** `_meta` of the request. */
  readonly meta?: unknown;
  readonly taskId?: string;
  readonly signal: AbortSignal;
}

interface Ending {
  readonly outcome: AuditOutcome;
  readonly reason?: AuditReason;
}

/** Performs a call and writes its audit record, before the result leaves. */
export async function auditCall<Result extends object>(call: AuditedCall, run: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const notes: AuditNotes = {};
  try {
    const result = await takingNotes(notes, run);
    write(call, notes, started, endingOf(call, notes, result), result);
    return result;
  } catch (error) {
    write(call, notes, started, failureOf(call, notes, error));
    throw error;
  }
}

/** Writes the record of a call that does not run: a limit refuses it, or the server fails before it. */
export function auditUnserved(
  call: AuditedCall,
  started: number,
  reason: 'limit' | 'internal',
  registration?: AuditNotes['registration'],
): void {
  write(call, { registration }, started, { outcome: reason === 'limit' ? 'refused' : 'error', reason });
}

function write(call: AuditedCall, notes: AuditNotes, started: number, ending: Ending, result?: object): void {
  const { kind, principal, client, transport, sessionId, toolset } = call;
  const trace = currentTrace();
  const taskId = call.taskId ?? notes.taskId;
  const request = payload(call.arguments);
  const response = payload(result);
  writeRecord({
    kind,
    name: notes.registration?.name ?? nameText(call.name),
    registration: notes.registration?.id,
    caller: principal?.id,
    client: clientText(client),
    transport,
    session: sessionId,
    toolset,
    task: taskId === undefined ? undefined : nameOfSecretId(taskId),
    ...ending,
    durationMs: millisecondsSince(started),
    requestBytes: request.bytes,
    responseBytes: response.bytes,
    requestId: trace.requestId,
    mcpRequestId: notes.mcpRequestId,
    traceId: traceIdOf(callTrace(call.meta, { ...trace, xray: undefined })),
    xrayTraceId: xrayTraceId(trace),
    arguments: request.text,
    result: response.text,
  });
}

/** Name and version of a client, as it states them. */
function clientText(client: AuditedCall['client']): string | undefined {
  const { name, version } = isObject(client) ? client : {};
  return typeof name === 'string' && typeof version === 'string' ? nameText(`${name}/${version}`) : undefined;
}

function endingOf({ signal }: AuditedCall, { registration, reason }: AuditNotes, result: object): Ending {
  const { resultType, isError } = result as { readonly resultType?: unknown; readonly isError?: unknown };
  if (signal.aborted) return { outcome: 'cancelled' };
  if (resultType === 'task' || resultType === 'input_required') return { outcome: resultType };
  if (isError !== true) return { outcome: 'ok' };
  // a caller without a scope gets a tool error, which names the scope
  return registration ? { outcome: 'error', reason: reason ?? 'result' } : { outcome: 'refused', reason: 'scope' };
}

function failureOf({ signal }: AuditedCall, { registration, reason }: AuditNotes, error: unknown): Ending {
  if (signal.aborted) return { outcome: 'cancelled' };
  const { code, data } = error as { readonly code?: unknown; readonly data?: unknown };
  if (isObject(data) && 'limit' in data) return { outcome: 'refused', reason: 'limit' };
  const isProtocolError = typeof code === 'number';
  if (isProtocolError && !registration) return { outcome: 'error', reason: 'unknown' };
  return { outcome: 'error', reason: reason ?? (isProtocolError ? 'result' : 'internal') };
}
