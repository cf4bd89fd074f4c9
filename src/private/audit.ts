/**
 * The format of audit records (docs/reference/audit-records.md). The server functions write them, queries and the command line read them.
 * Constants, types and one function without imports.
 */

/** The version of the format. Readers ignore records of a later one. It rises with a change that would mislead them. */
export const AUDIT_VERSION = 1;

/** What a record is about. */
export const AUDIT_KINDS = ['tool', 'resource', 'prompt', 'task-step', 'registration'] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** How a call ended. */
export const AUDIT_OUTCOMES = ['ok', 'error', 'refused', 'cancelled', 'input_required', 'task'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** Why the outcome is `error` or `refused`. */
export const AUDIT_REASONS = [
  'arguments',
  'unknown',
  'thrown',
  'result',
  'timeout',
  'too_large',
  'not_invoked',
  'lost',
  'failed',
  'internal',
  'limit',
  'scope',
  'request',
] as const;
export type AuditReason = (typeof AUDIT_REASONS)[number];

export type AuditAction = 'create' | 'replace' | 'remove';

/** One difference between two definitions. Values are JSON text, shortened if they are long, and absent where there is none. */
export interface AuditDifference {
  /** JSON pointer into the definition. */
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

/** One line in the log group of a server. */
export interface AuditRecord {
  readonly audit: typeof AUDIT_VERSION;
  /** When the call ended, ISO 8601. */
  readonly timestamp: string;
  readonly level: 'INFO';
  /** Id of the deployed server. */
  readonly service: string;
  /** Name of the server. */
  readonly server: string;
  readonly kind: AuditKind;
  /** Name of the tool, resource or prompt, as registered; of an unknown tool or prompt, as requested. */
  readonly name?: string;
  /** Registration id, `<type>-<name>`. */
  readonly registration?: string;
  /** Id of the caller. */
  readonly caller?: string;
  /** Name and version that the client states, `<name>/<version>`. */
  readonly client?: string;
  readonly transport?: 'http' | 'sse';
  /** Name of the session: a hash of its id. */
  readonly session?: string;
  /** The toolset in the path of the request. Absent for `/mcp` and `/sse`. */
  readonly toolset?: string;
  /** Name of the task: a hash of its id. */
  readonly task?: string;
  readonly outcome: AuditOutcome;
  readonly reason?: AuditReason;
  readonly durationMs: number;
  /** Bytes of the arguments as JSON. */
  readonly requestBytes?: number;
  /** Bytes of the result as JSON. */
  readonly responseBytes?: number;
  /** API Gateway's id of the request. */
  readonly requestId?: string;
  /** Id of the last invocation of the function, as it receives it. */
  readonly mcpRequestId?: string;
  /** W3C trace id of the client. */
  readonly traceId?: string;
  /** X-Ray trace id. */
  readonly xrayTraceId?: string;
  readonly action?: AuditAction;
  readonly changes?: readonly AuditDifference[];
  /** Number of differences beyond those in `changes`. */
  readonly moreChanges?: number;
  /** Arguments as JSON text, shortened if they are long. Only with `auditPayloads`. */
  readonly arguments?: string;
  /** Result as JSON text, shortened if it is long. Only with `auditPayloads`. */
  readonly result?: string;
}

/** Reads a log line. Returns undefined if it is not an audit record of a version that this one understands. */
export function parseAuditRecord(line: string): AuditRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const record = JSON.parse(line) as Partial<AuditRecord>;
    const known = record.audit === AUDIT_VERSION && AUDIT_KINDS.includes(record.kind as AuditKind);
    return known && typeof record.timestamp === 'string' ? (record as AuditRecord) : undefined;
  } catch {
    return undefined;
  }
}
