/** `refused`: rejected with status 401, 403, 429 or 503, before or instead of a result. */
export type CallOutcome = 'ok' | 'error' | 'refused';

/**
 * `front`: the HTTP request, until its response ends; `authorizer`: the authorization of the caller; `permission`: an IAM decision; `aws`: a call of
 * an AWS service; `invoke`: an invocation of a function; `answer`: the response to the client.
 */
export type StepKind = 'front' | 'authorizer' | 'permission' | 'aws' | 'invoke' | 'answer';

/** A JSON value of a request or response, with secrets replaced. A value over the limit is kept as the start of its text. */
export interface RecordedValue {
  readonly value?: unknown;
  /** Start of the text, if the value is too large. */
  readonly text?: string;
  /** Length of the JSON text in characters. */
  readonly length: number;
}

/** One part of a call. Times are in milliseconds; `at` counts from the start of the call. */
export interface CallStep {
  readonly id: number;
  /** The step that this step is part of. */
  readonly parent?: number;
  readonly kind: StepKind;
  readonly at: number;
  /** Absent while the step is in progress. */
  durationMs?: number;
  /** Construct path of a function, operation of a service (`dynamodb:GetItem`), action, or method and path. */
  label: string;
  detail?: string;
  failed?: boolean;
  /** Request id of an invocation. */
  readonly requestId?: string;
}

/** The result of a permission check. */
export interface PermissionDecision {
  /** ARN of the role or user, or name of the AWS service. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
  /** The policy statement that allowed or denied the action. */
  readonly statement?: object;
  /** Kind of the policy that has the statement, such as `identity-based policy`. */
  readonly policy?: string;
  /** Why the action was denied, or allowed without a statement. */
  readonly reason?: string;
  /** The grant to add to the app. */
  readonly missingGrant?: string;
}

export interface CallLogLine {
  readonly at: number;
  /** Construct path of the function. */
  readonly function: string;
  readonly level?: string;
  readonly text: string;
  readonly requestId?: string;
}

/** A JSON-RPC request to an MCP server, or an HTTP request that the server refused. */
export interface McpCall {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Construct path of the server. */
  readonly server: string;
  readonly transport: 'http' | 'sse';
  /** Protocol revision, if known. */
  revision?: string;
  /** JSON-RPC method; `POST /mcp` and the like for a request without one. */
  readonly method: string;
  /** Name of the tool or prompt, URI of the resource, or id of the task. */
  readonly name?: string;
  caller?: string;
  /** Name and version of the client, or its user agent. */
  client?: string;
  /** Start of the session id. */
  readonly session?: string;
  /** Request id of API Gateway. */
  readonly requestId: string;
  status?: number;
  readonly params?: RecordedValue;
  answer?: RecordedValue;
  error?: { readonly code?: number; readonly message: string };
  /** Absent while the call is in progress. */
  outcome?: CallOutcome;
  durationMs?: number;
  readonly steps: CallStep[];
  readonly permissions: Array<PermissionDecision & { readonly at: number }>;
  readonly logs: CallLogLine[];
}
