/**
 * Names that the constructs write into the template and the server functions read. Constants and types without imports: constructs and
 * server functions both import this file, so that they use the same names.
 */

/** Environment variables of the server functions. */
export const ENV = {
  /** Unique id of a deployed server, `mcp-<8 hex of the construct>-<8 hex of the stack>`: part of queue names and statement ids. */
  SERVER_ID: 'MCP_SERVER_ID',
  /** JSON of `ServerInfo`. */
  SERVER_INFO: 'MCP_SERVER_INFO',
  REGISTRY_TABLE: 'MCP_REGISTRY_TABLE',
  SESSION_TABLE: 'MCP_SESSION_TABLE',
  /** JSON object of the tags for session queues. */
  QUEUE_TAGS: 'MCP_QUEUE_TAGS',
  /** ARN of the KMS key of session queues; without it, SQS encrypts them with its own keys. */
  QUEUE_KEY_ARN: 'MCP_QUEUE_KEY_ARN',
  /** Comma-separated origins that browsers may call from, in addition to the server's own. */
  ALLOWED_ORIGINS: 'MCP_ALLOWED_ORIGINS',
  /** Most concurrent SSE sessions. */
  MAX_SESSIONS: 'MCP_MAX_SESSIONS',
  /** Longest duration of an SSE session, seconds. */
  MAX_SESSION_SECONDS: 'MCP_MAX_SESSION_SECONDS',
  /** Seconds without a message from the client after which an SSE session ends. */
  IDLE_SECONDS: 'MCP_IDLE_SECONDS',
  /** Seconds between server pings, which also keep the connection alive and renew the lease. */
  PING_SECONDS: 'MCP_PING_SECONDS',
  /** Set if 2025 clients of `/mcp` get sessions. */
  HTTP_SESSIONS: 'MCP_HTTP_SESSIONS',
  /** Seconds that a client has to respond to an input request in a session. */
  ANSWER_SECONDS: 'MCP_ANSWER_SECONDS',
  /** Set if clients receive notifications of changes. */
  NOTIFICATIONS: 'MCP_NOTIFICATIONS',
  /** Most concurrent listeners on `/mcp`. */
  MAX_LISTENERS: 'MCP_MAX_LISTENERS',
  /** Longest duration of a listener's stream, seconds. */
  MAX_LISTENER_SECONDS: 'MCP_MAX_LISTENER_SECONDS',
  /** Most 2025 sessions that open on `/mcp` in an hour. */
  MAX_HTTP_SESSIONS_PER_HOUR: 'MCP_MAX_HTTP_SESSIONS_PER_HOUR',
  /** Most unfinished tasks. */
  MAX_TASKS: 'MCP_MAX_TASKS',
  /** Most calls of one task's handler. */
  MAX_TASK_CALLS: 'MCP_MAX_TASK_CALLS',
  /** ARN of the task runner; absent if the server has no tasks. */
  TASK_RUNNER_ARN: 'MCP_TASK_RUNNER_ARN',
  /** Seconds from the creation of a task to its expiry. */
  TASK_SECONDS: 'MCP_TASK_SECONDS',
  /** ARN of the role that invokes registered functions. */
  RUNTIME_ROLE_ARN: 'MCP_RUNTIME_ROLE_ARN',
  /**
   * How callers are authorized: an `AuthorizationType` of API Gateway, or `API_KEY`. With any value but `NONE`, every request has an identity.
   * At a function URL, `CUSTOM` stands for access tokens that the function checks itself.
   */
  AUTHORIZATION: 'MCP_AUTHORIZATION',
  /** JSON array of ARN patterns (`*` wildcards) of functions that the Registration API may register; without it, the opt-in tag decides. */
  REGISTRABLE_FUNCTIONS: 'MCP_REGISTRABLE_FUNCTIONS',
  /** JSON array of the ARNs of the server functions, which cannot be registered. */
  OWN_FUNCTIONS: 'MCP_OWN_FUNCTIONS',
  /** Name of the result bucket; absent if the server has none. */
  RESULT_BUCKET: 'MCP_RESULT_BUCKET',
  /** `on` if each tool has metrics of its own, otherwise `off`. */
  TOOL_METRICS: 'MCP_TOOL_METRICS',
  /** JSON of `OAuthConfig`: in the authorizer, or in the HTTP function of a server at a function URL. */
  OAUTH: 'MCP_OAUTH',
  /** JSON of the `AccessRule` of registrations without one of their own. */
  DEFAULT_ACCESS: 'MCP_DEFAULT_ACCESS',
  /** JSON of the `CallLimit` of each caller. */
  CALLER_LIMITS: 'MCP_CALLER_LIMITS',
  /** Set if audit records contain arguments and results. */
  AUDIT_PAYLOADS: 'MCP_AUDIT_PAYLOADS',
  /** Set if the server takes part in traces. */
  TRACING: 'MCP_TRACING',
  /** CloudWatch namespace of the metrics. */
  METRIC_NAMESPACE: 'MCP_METRIC_NAMESPACE',
} as const;

/** Values of `ENV.AUTHORIZATION`. */
export const AUTHORIZATION = {
  IAM: 'AWS_IAM',
  CUSTOM: 'CUSTOM',
  COGNITO: 'COGNITO_USER_POOLS',
  API_KEY: 'API_KEY',
  /** `McpAuth.none()`: callers have no identity. */
  NONE: 'NONE',
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
  MAX_HTTP_SESSIONS_PER_HOUR: 10_000,
  MAX_TASKS: 100,
  /** A day, the default of `TASK_SECONDS`, of calls every 5 seconds. */
  MAX_TASK_CALLS: 17_280,
  TASK_SECONDS: 86_400,
  /** `timeoutSeconds` of a registration. */
  TIMEOUT_SECONDS: 30,
} as const;

/** Server information in the results of `initialize` and `server/discover`; JSON in `ENV.SERVER_INFO`. */
export interface ServerInfo {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly instructions?: string;
  readonly icons?: ReadonlyArray<Record<string, unknown>>;
}

/** Keys of the registry table. Immutable after the first release, because deployed tables use them. */
export const REGISTRY = {
  PARTITION_KEY: 'type',
  SORT_KEY: 'name',
  /** The newest format of registrations that this version reads. */
  SCHEMA_VERSION: 2,
  /** The format of a registration without access rule. A version without access rules must not serve the others: it reads up to this format. */
  OPEN_SCHEMA_VERSION: 1,
  /**
   * Partition of the registry revision, with the single sort key `REVISION`. The attribute `revision` (number) rises after every change,
   * `changedAt` (epoch milliseconds) is the time of the newest one. Earlier versions did not write `changedAt`.
   */
  META: 'META',
  REVISION: 'revision',
  /**
   * Partition of the function records: sort key = function ARN (with qualifier), attributes `registrations` (string set of ids), `changedAt`,
   * `releasedAt` and `sweptAt` (epoch milliseconds).
   */
  FUNCTION: 'FUNCTION',
} as const;

/** Keys of the session table. Each kind of record has its own partition key. */
export const SESSIONS = {
  PARTITION_KEY: 'pk',
  SORT_KEY: 'sk',
  /** DynamoDB's time to live, epoch seconds. */
  TTL: 'expiresAt',
  /** Partition of SSE sessions; sort key = session id. */
  SSE: 'sse',
  /** Prefix of the partition of an HTTP session; followed by the session id. */
  HTTP: 'http#',
  /** Sort key of the record of an HTTP session. */
  HTTP_RECORD: 'session',
  /** Sort key prefix of a client's response to a server request; followed by the id of that request. */
  HTTP_ANSWER: 'answer#',
  /** Sort key prefix of a client's `notifications/cancelled`; followed by the JSON of the cancelled request's id. Sorts before the record. */
  HTTP_CANCEL: 'cancel#',
  /** Prefix of the partition of a task; followed by the task id. */
  TASK: 'task#',
  /** Sort key of the task record. The same partition holds the chunks of large values, with the sort keys `<random>#<n>`. */
  TASK_RECORD: 'task',
  /**
   * Partition of the keys that seal `requestState`; sort key = key id (a rising number), attributes `key` (32 bytes), `createdAt` (epoch
   * milliseconds) and `TTL`. The first keys were stored without the last two.
   */
  KEYS: 'keys',
  /** Prefix of the partition of a caller with limits; followed by a hash of its id. */
  CALLER: 'caller#',
  /** Sort key of the item with the counters of a caller. */
  CALLER_LIMITS: 'limits',
  /** Partition of the listeners on `/mcp`; sort key = session id of a GET stream, otherwise a random id. */
  LISTENERS: 'listeners',
  /** Partition of the unfinished tasks, by which the server counts them; sort key = task id. */
  TASKS: 'tasks',
  /** Partition of the counters of sessions that open on `/mcp`; sort key = `<hour>`, or `<hour>#<hash of the caller>`. */
  OPENED: 'opened',
} as const;

/**
 * Items of the session table that publish a resource update: a principal with `grantNotify()` puts an event item and then increments the
 * counter. Users' functions write this format (docs/guides/notifications.md), so it must not change.
 */
export const EVENTS = {
  /** The partition (`SESSIONS.PARTITION_KEY`) of all events: sort key `<13-digit epoch milliseconds>-<random>`, `uri` and `SESSIONS.TTL`. */
  PARTITION: 'events',
  /** Sort key of the counter. Its attribute `COUNT` (number) rises by one with each event, so that a small read detects new events. */
  COUNTER: 'counter',
  COUNT: 'published',
  /** Attribute: URI of the resource that has changed. */
  URI: 'uri',
  /** Lifetime of an event, seconds. Listeners that reconnect within this time receive the updates that they missed. */
  LIFE_SECONDS: 900,
} as const;

/** Asynchronous invocations of the task runner. */
export const TASK_EVENTS = {
  /** How long Lambda queues an invocation that exceeds the concurrency, seconds. */
  MAX_AGE_SECONDS: 900,
} as const;

/** The record of an SSE session in the session table, without its keys. */
export interface SseSessionRecord {
  readonly queueUrl: string;
  /** The principal that opened the session, and the only one whose messages it accepts. Absent without authentication. */
  readonly principal?: string;
  /** Epoch milliseconds at which the lease expires and the session counts as closed. */
  readonly leaseUntil: number;
  readonly createdAt: number;
  /** Epoch seconds, `SESSIONS.TTL`. */
  readonly expiresAt: number;
}

/** Keys of the result bucket: this prefix, the server id, a slash, and a random name. */
export const RESULTS = { PREFIX: 'mcp-results/' } as const;

/** Prefix of the statement id in the resource policy of a registered function; followed by the server id. From the original design document. */
export const STATEMENT_PREFIX = 'MCP-Execute-';

/** Key of the opt-in tag, with which the owner of a function allows a server to register it. The value is the server's name. */
export const OPT_IN_TAG = 'mcp-server';

/** Resource types of the custom resources. */
export const CUSTOM_RESOURCE = {
  TOOL: 'Custom::McpTool',
  RESOURCE: 'Custom::McpResource',
  RESOURCE_TEMPLATE: 'Custom::McpResourceTemplate',
  PROMPT: 'Custom::McpPrompt',
  /** One per server: performs lifecycle steps that CloudFormation cannot perform itself. */
  LIFECYCLE: 'Custom::McpLambdaServer',
  /** The lifecycle resource where custom type names are not allowed: in the AWS Serverless Application Repository. */
  NAMELESS_LIFECYCLE: 'AWS::CloudFormation::CustomResource',
} as const;

/** Properties of the registration custom resources. */
export const CUSTOM_RESOURCE_PROPERTY = {
  /** The body of the registration without function ARNs, as JSON text: CloudFormation would convert numbers and booleans to strings. */
  DEFINITION: 'Definition',
  FUNCTION_ARN: 'FunctionArn',
  COMPLETION_FUNCTION_ARN: 'CompletionFunctionArn',
  /** Informational: 'IDENTITY' if the policy of the role allows the call, 'RESOURCE' if the template has an `AWS::Lambda::Permission`. */
  PERMISSION: 'Permission',
} as const;

/** Paths of the API. */
export const PATHS = { SSE: '/sse', MESSAGE: '/message', MCP: '/mcp', REGISTER: '/register' } as const;

/** Name of the path parameter in the route `/mcp/{toolset}`. */
export const TOOLSET_PARAMETER = 'toolset';

/** The methods of the paths, as `<method><path>`: what a client or a registrar calls, apart from preflight requests of browsers. */
export const ROUTES = {
  MCP: [
    `DELETE${PATHS.MCP}`,
    `GET${PATHS.MCP}`,
    `POST${PATHS.MCP}`,
    `DELETE${PATHS.MCP}/*`,
    `GET${PATHS.MCP}/*`,
    `POST${PATHS.MCP}/*`,
  ],
  SSE: [`POST${PATHS.MESSAGE}`, `GET${PATHS.SSE}`],
  READ_REGISTRATIONS: [`GET${PATHS.REGISTER}`, `GET${PATHS.REGISTER}/*`],
  REGISTER: [
    `GET${PATHS.REGISTER}`,
    `POST${PATHS.REGISTER}`,
    `DELETE${PATHS.REGISTER}/*`,
    `GET${PATHS.REGISTER}/*`,
    `PUT${PATHS.REGISTER}/*`,
  ],
} as const;

/** What web pages of other origins may send and read. */
export const CORS = {
  /** Response headers that scripts in a browser may read. */
  EXPOSED_HEADERS: ['Mcp-Session-Id', 'MCP-Protocol-Version', 'Retry-After', 'ETag', 'Location'],
  /** How long browsers cache a preflight response, seconds: the maximum in Chromium. */
  MAX_AGE_SECONDS: 7_200,
} as const;

/** CloudWatch metrics. The server functions emit them in embedded metric format; the `metricXxx()` methods read them. */
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
  CALLS_NOT_COUNTED: 'CallsNotCounted',
  CALLS_REFUSED: 'CallsRefused',
  PERMISSIONS_NOT_RENEWED: 'PermissionsNotRenewed',
  VALIDATIONS_STOPPED: 'ValidationsStopped',
} as const;
