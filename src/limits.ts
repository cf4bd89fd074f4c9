/**
 * How often one caller may call. Counted are calls of tools, also as tasks, reads of resources and gets of prompts, each in a batch.
 *
 * A call beyond a limit gets status 429 with `Retry-After`, or a JSON-RPC error in a batch and on `/sse`. With a limit, each call writes
 * to the session table. A call that cannot be counted within a second runs, and the metric `CallsNotCounted` counts it.
 */
export interface McpCallerLimits {
  /**
   * The number of calls per second, in the long run: 0.001 to 10,000 (limits of this library).
   *
   * @default - no limit
   */
  readonly rate?: number;

  /**
   * The number of calls that may exceed the rate at once: 1 to 100,000 (limits of this library).
   *
   * @default - the calls of one second, at least 1
   */
  readonly burst?: number;

  /**
   * The number of calls on a day, in UTC: 1 to 1,000,000,000 (limits of this library).
   *
   * @default - no limit
   */
  readonly dailyCalls?: number;
}

/**
 * Limits of a server, for all callers together.
 *
 * When more than three quarters of the sessions, listeners, tasks or session openings are taken, callers that hold more than a quarter of them get status 429.
 * Callers are IAM roles, IAM users, API keys or principals of an authorizer. Without an identity, only the limits of the server apply.
 */
export interface McpLimits {
  /**
   * How often each caller may call, all tools, resources and prompts together. It requires an `auth` that identifies callers.
   *
   * @default - no limits beyond those of the API
   */
  readonly caller?: McpCallerLimits;

  /**
   * The maximum number of open SSE sessions: 1 to 10,000 sessions (limits of this library). Further clients get status 503.
   *
   * A function runs for as long as a session is open. An account can run 1,000 functions concurrently by default (Lambda's quota).
   * Not accepted at a function URL, which has no SSE sessions.
   *
   * @default 50
   */
  readonly sessions?: number;

  /**
   * The maximum number of clients that listen on `/mcp`: 1 to 10,000 listeners (limits of this library). Further clients get status 503.
   *
   * A function runs for as long as a client listens.
   *
   * @default 50
   */
  readonly listeners?: number;

  /**
   * The maximum number of sessions that 2025 clients open on `/mcp` in an hour: 1 to 1,000,000 sessions (limits of this library). Further clients
   * get status 429.
   *
   * A session is an item in a table. That of a client that does not end it is kept for a day.
   *
   * @default 10000
   */
  readonly httpSessionsPerHour?: number;

  /**
   * The maximum number of unfinished tasks: 1 to 10,000 tasks (limits of this library). Further calls get an error.
   *
   * A function runs for as long as a task is not waiting for its client.
   *
   * @default 100
   */
  readonly tasks?: number;

  /**
   * The maximum number of calls of a function for one request: 1 to 10,000,000 calls (limits of this library).
   *
   * A function with `resultType: "task"` asks for another call. A task that reaches the limit fails.
   *
   * @default - one for every 5 seconds of `taskRetention`, at least 1,000: 17,280 for a day
   */
  readonly taskCalls?: number;

  /**
   * The reserved concurrency of the function that serves `/mcp`: 1 to 100,000 executions (limits of this library; Lambda's quota for an account is
   * 1,000 by default). It must be higher than `listeners`. Further requests get status 503, or 429 at a function URL.
   *
   * The reserved executions are not available to other functions of the account, and the other functions' executions not to this one.
   *
   * @default - no reserved concurrency
   */
  readonly reservedConcurrency?: number;
}
