import type { JsonObject } from '../../src/private/registration.js';
import type { RequestContext } from '../protocol/request-scope.js';

type TaskStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';

/**
 * The record of a task. Any process may change it. Each change is conditional on `version`: if two processes read the same version,
 * the second write fails and that process reads again. So `cancelled` wins over a late result, and only one invocation performs a run.
 */
export interface TaskRecord {
  readonly taskId: string;
  /** Number of changes. */
  readonly version: number;
  /** Tokens of the last processes that changed the record. */
  readonly writers?: readonly string[];
  readonly status: TaskStatus;
  readonly statusMessage?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Epoch milliseconds at which the task expires. */
  readonly expiresAt: number;
  /** The principal that started the task, and the only one that can access it. Absent without authentication. */
  readonly principal?: string;
  /** The toolset at whose path the task was started. Absent for `/mcp`. */
  readonly toolset?: string;
  /** Name of the tool. */
  readonly tool: string;
  /** Number of the task run that is due or in progress. Input responses and continuation in another invocation start the next. */
  readonly run: number;
  /** Number of the last run that began. Lambda may deliver an event twice, but a run must begin only once. */
  readonly begun: number;
  /** The invocation that began it. */
  readonly runner?: string;
  /** Epoch milliseconds by which the run must begin or, once begun, end. After that, the task counts as failed. */
  readonly lostAt: number;
  /** Number of times the handler has asked for another call. */
  readonly calls?: number;
  /** Number of times the handler has requested input. */
  readonly rounds: number;
  /** The handler's request state. */
  readonly state?: string;
  /** Input requests to the client, by key. */
  readonly inputRequests?: JsonObject;
  /** The input responses received so far. */
  readonly inputResponses?: JsonObject;
  /** Delay before the next call that the handler asked for, milliseconds. */
  readonly pollIntervalMs?: number;
  /** Epoch milliseconds before which the run does not call the handler. */
  readonly notBefore?: number;
  /** The `TaskCall`. */
  readonly call: Stored;
  /** The result of a completed task, or the JSON-RPC error of a failed task. */
  readonly outcome?: Stored;
}

/** Reference to JSON that is stored in items of its own beside the record. */
export interface Stored {
  /** Prefix of the sort keys. */
  readonly name: string;
  /** Number of items. */
  readonly pieces: number;
}

/** The call that a task performs. It does not change. */
export interface TaskCall {
  readonly arguments: JsonObject;
  /** Input responses from before the task began. */
  readonly inputResponses?: unknown;
  /** Context of the request that started the task. */
  readonly facts: RequestContext;
}

/** A JSON-RPC error. */
export interface TaskError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** The event of the task runner. */
export interface TaskRun {
  readonly taskId: string;
  readonly run: number;
}

export function isTerminal({ status }: TaskRecord): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
