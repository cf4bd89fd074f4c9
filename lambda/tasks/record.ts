import type { JsonObject } from '../../src/private/registration.js';
import type { RequestContext } from '../protocol/request-scope.js';

export type TaskStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';

/**
 * What is kept of a task. Any process may change it, and each change is conditional on `version`: of two that read the same, one
 * has to look again. That is how `cancelled` wins over a late result, and how one of two runners gives way.
 */
export interface TaskRecord {
  readonly taskId: string;
  /** Counts the changes. */
  readonly version: number;
  readonly status: TaskStatus;
  readonly statusMessage?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Epoch milliseconds after which the task is no more. */
  readonly expiresAt: number;
  /** Who started it: nobody else finds it; absent without authentication. */
  readonly principal?: string;
  /** Name of the tool. */
  readonly tool: string;
  /** Number of the runner's invocation that is due or at work; an input round or a hand-over starts the next. */
  readonly run: number;
  /** The last one that began. Lambda may deliver an event twice, and a tool must not run twice. */
  readonly begun: number;
  /** Epoch milliseconds by which this run has to begin or, having begun, to end: past it the task failed. */
  readonly lostAt: number;
  /** How often the function asked. */
  readonly rounds: number;
  /** The function's own state. */
  readonly state?: string;
  /** What the function asks the client, by key. */
  readonly inputRequests?: JsonObject;
  /** What the client has answered of it so far. */
  readonly inputResponses?: JsonObject;
  /** How long the function wanted to be left alone before it runs again, milliseconds. */
  readonly pollIntervalMs?: number;
  /** Epoch milliseconds before which this run does not call the function. */
  readonly notBefore?: number;
  /** The `TaskCall`. */
  readonly call: Stored;
  /** Of a completed task the result, of a failed one the JSON-RPC error. */
  readonly outcome?: Stored;
}

/** JSON that lies beside the record, in as many items as it takes. */
export interface Stored {
  readonly name: string;
  readonly pieces: number;
}

/** The call that a task is about; it does not change. */
export interface TaskCall {
  readonly arguments: JsonObject;
  /** What the client had answered before the task began. */
  readonly inputResponses?: unknown;
  readonly facts: RequestContext;
}

/** A JSON-RPC error. */
export interface TaskError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** What the runner is invoked with. */
export interface TaskRun {
  readonly taskId: string;
  readonly run: number;
}

export function isTerminal({ status }: TaskRecord): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
