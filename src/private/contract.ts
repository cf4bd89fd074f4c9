/**
 * Names that the constructs write into the template and the handlers read back. Plain constants without imports:
 * both sides import this file, so a name cannot differ between them.
 */

/** Environment variables of the handlers. */
export const ENV = {
  /** Unique per deployed server: `mcp-<8 hex of the construct>-<8 hex of the stack>`. Queue prefix and statement id derive from it. */
  SERVER_ID: 'MCP_SERVER_ID',
  /** JSON of `ServerInfo` (below). */
  SERVER_INFO: 'MCP_SERVER_INFO',
  REGISTRY_TABLE: 'MCP_REGISTRY_TABLE',
  SESSION_TABLE: 'MCP_SESSION_TABLE',
  /** JSON object of the tags that session queues carry. */
  QUEUE_TAGS: 'MCP_QUEUE_TAGS',
  /** ARN of the KMS key of session queues; SQS-owned keys where absent. */
  QUEUE_KEY_ARN: 'MCP_QUEUE_KEY_ARN',
  /** Comma-separated origins that browsers may call from, besides the server's own. */
  ALLOWED_ORIGINS: 'MCP_ALLOWED_ORIGINS',
  /** Most SSE sessions open at once. */
  MAX_SESSIONS: 'MCP_MAX_SESSIONS',
  /** Seconds after which an SSE session is ended, whatever goes on. */
  MAX_SESSION_SECONDS: 'MCP_MAX_SESSION_SECONDS',
  /** Seconds without an inbound message after which an SSE session is ended. */
  IDLE_SECONDS: 'MCP_IDLE_SECONDS',
  /** Seconds between server pings, which are also the keep-alive and lease renewal. */
  PING_SECONDS: 'MCP_PING_SECONDS',
  /** Set where 2025 clients of `/mcp` get sessions. */
  HTTP_SESSIONS: 'MCP_HTTP_SESSIONS',
  /** Seconds that a client has to answer a question within a session. */
  ANSWER_SECONDS: 'MCP_ANSWER_SECONDS',
  /** 'true' where clients of `/mcp` are notified of changes; absent where not. */
  NOTIFICATIONS: 'MCP_NOTIFICATIONS',
  /** Most listeners for notifications on `/mcp` at once. */
  MAX_LISTENERS: 'MCP_MAX_LISTENERS',
  /** Seconds after which a listener's stream is ended, whatever goes on. */
  MAX_LISTENER_SECONDS: 'MCP_MAX_LISTENER_SECONDS',
  /** ARN of the function that runs tasks; absent where tools do not run as tasks. */
  TASK_RUNNER_ARN: 'MCP_TASK_RUNNER_ARN',
  /** Seconds for which a task can be asked for, counted from its creation. */
  TASK_SECONDS: 'MCP_TASK_SECONDS',
  /** ARN of the role that invokes registered functions. */
  RUNTIME_ROLE_ARN: 'MCP_RUNTIME_ROLE_ARN',
  /** JSON array of ARN patterns (`*` wildcards) of functions the Registration API may register; absent = by tag. */
  REGISTRABLE_FUNCTIONS: 'MCP_REGISTRABLE_FUNCTIONS',
  /** JSON array of the server's own function ARNs, which can never be registered. */
  OWN_FUNCTIONS: 'MCP_OWN_FUNCTIONS',
  /** Name of the bucket for results that are too large to send; absent where there is none. */
  RESULT_BUCKET: 'MCP_RESULT_BUCKET',
  /** Metric namespace. */
  METRIC_NAMESPACE: 'MCP_METRIC_NAMESPACE',
} as const;

/** Defaults of properties and of the environment variables. The docstrings of the properties state them. */
export const DEFAULTS = {
  /** Memory size of the functions that serve MCP, in MiB. */
  MEMORY_SIZE: 512,
  MAX_SESSIONS: 50,
  MAX_SESSION_SECONDS: 840,
  IDLE_SECONDS: 300,
  PING_SECONDS: 20,
  /** Long enough for a person to answer an input request, short enough that an abandoned request does not hold a session. */
  ANSWER_SECONDS: 600,
  MAX_LISTENERS: 50,
  MAX_LISTENER_SECONDS: 840,
  TASK_SECONDS: 86_400,
  /** `timeoutSeconds` of a registration. */
  TIMEOUT_SECONDS: 30,
} as const;

/** What `initialize` and `server/discover` say of the server; JSON in `ENV.SERVER_INFO`. */
export interface ServerInfo {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly instructions?: string;
  readonly icons?: ReadonlyArray<Record<string, unknown>>;
}

/** Keys of the registry table. Immutable after the first release: users' data lives under them. */
export const REGISTRY = {
  PARTITION_KEY: 'type',
  SORT_KEY: 'name',
  SCHEMA_VERSION: 1,
  /** Partition of the catalog revision; its one sort key is `REVISION`. Attribute `revision` (number) rises with every change. */
  META: 'META',
  REVISION: 'revision',
  /** Partition of the permission book-keeping: sort key = function ARN (with qualifier), attribute `registrations` (string set of ids). */
  FUNCTION: 'FUNCTION',
} as const;

/** Keys of the session table. Each kind of record has a partition key of its own. */
export const SESSIONS = {
  PARTITION_KEY: 'pk',
  SORT_KEY: 'sk',
  /** DynamoDB's time to live, epoch seconds. */
  TTL: 'expiresAt',
  /** Partition of SSE sessions; sort key = session id. */
  SSE: 'sse',
  /** Each 2025 session on `/mcp` has a partition: this prefix and the session id. */
  HTTP: 'http#',
  /** Sort key of such a session's record. */
  HTTP_RECORD: 'session',
  /** Sort key prefix of a client's answer to a request of the server; followed by that request's id. */
  HTTP_ANSWER: 'answer#',
  /** Sort key prefix of a client's `notifications/cancelled`; followed by the JSON of the cancelled request's id. Sorts before the record. */
  HTTP_CANCEL: 'cancel#',
  /** Each task has a partition: this prefix and the task's id. */
  TASK: 'task#',
  /** Sort key of a task's record. What may be large lies beside it, in pieces: `<random>#<n>`. */
  TASK_RECORD: 'task',
  /** Partition of the keys that seal `requestState`; sort key = key id (a rising number), attribute `key` (32 bytes). */
  KEYS: 'keys',
  /** Partition of listeners for notifications on `/mcp`; sort key = session id of a GET stream, or a random one. */
  LISTENERS: 'listeners',
} as const;

/**
 * How a resource update is published in the session table, by whomever `grantNotify()` lets: put an item, then count. The shape is
 * documented for people's functions (docs/notifications.md), so it never changes.
 */
export const EVENTS = {
  /** The one partition (`SESSIONS.PARTITION_KEY`). Items: sort key `<13-digit epoch milliseconds>-<random>`, `uri` and `SESSIONS.TTL`. */
  PARTITION: 'events',
  /** Sort key of the item whose attribute `COUNT` (number) rises by one after each event: a small read tells that there is something new. */
  COUNTER: 'counter',
  COUNT: 'published',
  /** Attribute: the resource that has changed. */
  URI: 'uri',
  /** For how long an event is of use, seconds: listeners that reconnect hear what they have missed. */
  LIFE_SECONDS: 900,
} as const;

/** How a task gets to the task runner: by an asynchronous invocation. */
export const TASK_EVENTS = {
  /** For how long Lambda keeps one that finds no room, seconds. */
  MAX_AGE_SECONDS: 900,
} as const;

/** An SSE session's record in the session table (beside its keys). */
export interface SseSessionRecord {
  readonly queueUrl: string;
  /** Who opened it: the only caller whose messages it takes; absent without authentication. */
  readonly principal?: string;
  /** Epoch milliseconds; past it the session is dead, whatever else the record says. */
  readonly leaseUntil: number;
  readonly createdAt: number;
  /** Epoch seconds, `SESSIONS.TTL`. */
  readonly expiresAt: number;
}

/** Where results that are too large to send are in their bucket: this, the server id, a slash, a random name. */
export const RESULTS = { PREFIX: 'mcp-results/' } as const;

/** Prefix of the statement on a registered function's policy: the design document's `MCP-Execute-`, then the server id. */
export const STATEMENT_PREFIX = 'MCP-Execute-';

/** Key of the tag by which a function's owner lets a server register it; the value is the server's name. */
export const OPT_IN_TAG = 'mcp-server';

/** Resource types of the custom resources. */
export const CUSTOM_RESOURCE = {
  TOOL: 'Custom::McpTool',
  RESOURCE: 'Custom::McpResource',
  RESOURCE_TEMPLATE: 'Custom::McpResourceTemplate',
  PROMPT: 'Custom::McpPrompt',
  /** One per server: orders the lifecycle that CloudFormation cannot see. */
  LIFECYCLE: 'Custom::McpLambdaServer',
  /** The same where no custom type is allowed: in the AWS Serverless Application Repository. */
  NAMELESS_LIFECYCLE: 'AWS::CloudFormation::CustomResource',
} as const;

/** Properties of the registration custom resources. */
export const CUSTOM_RESOURCE_PROPERTY = {
  /** The registration body (CONTRACTS "Registration API") without `lambdaArn`, as JSON text: CloudFormation would turn its numbers and booleans into strings. */
  DEFINITION: 'Definition',
  FUNCTION_ARN: 'FunctionArn',
  COMPLETION_FUNCTION_ARN: 'CompletionFunctionArn',
  /** 'IDENTITY' when the role's own policy allows the call, 'RESOURCE' when the template has an AWS::Lambda::Permission. Informational. */
  PERMISSION: 'Permission',
} as const;

/** Paths of the front door. */
export const PATHS = { SSE: '/sse', MESSAGE: '/message', MCP: '/mcp', REGISTER: '/register' } as const;

/** CloudWatch metrics, emitted in embedded metric format by the handlers and read by the `metricX` methods. */
export const METRICS = {
  NAMESPACE: 'McpLambda',
  DIMENSION_SERVER: 'Server',
  DIMENSION_TOOL: 'Tool',
  SESSIONS_OPENED: 'SessionsOpened',
  SESSIONS_REJECTED: 'SessionsRejected',
  SESSION_DURATION: 'SessionDuration',
  ACTIVE_SESSIONS: 'ActiveSessions',
  MESSAGES_ACCEPTED: 'MessagesAccepted',
  MESSAGES_REJECTED: 'MessagesRejected',
  TOOL_CALLS: 'ToolCalls',
  TOOL_ERRORS: 'ToolErrors',
  TOOL_DURATION: 'ToolDuration',
  SHADOWED_REGISTRATIONS: 'ShadowedRegistrations',
  QUEUES_SWEPT: 'QueuesSwept',
  ACTIVE_LISTENERS: 'ActiveListeners',
  LISTENERS_REJECTED: 'ListenersRejected',
} as const;
