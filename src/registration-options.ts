import type { Duration } from 'aws-cdk-lib';
import type { McpAccess } from './access';
import type { McpEvent } from './event';
import type { McpIcon } from './icon';

/** How a handler is invoked, and how it returns its response. */
export enum McpInvokeMode {
  /** The function returns the whole response, at most 6 MB, when it has finished. */
  BUFFERED = 'BUFFERED',
  /**
   * The function streams its response while it runs, with Lambda response streaming (Node.js: `awslambda.streamifyResponse`).
   *
   * Each line is a JSON object with one key, of at most 1 MiB: `progress` (`{ progress, total, message }`), `log` (`{ level, logger, data }`),
   * `content` (an array that is added to the result), and finally `result` or `error`. A stream whose first line is not such an object is
   * returned as text.
   */
  RESPONSE_STREAM = 'RESPONSE_STREAM',
}

/** A client feature that a handler can request while it processes a request. */
export enum McpClientFeature {
  /** Elicitation: a question to the user of the client. */
  ELICITATION = 'elicitation',
  /** Sampling: a completion by the model of the client. Deprecated by protocol revision 2026-07-28. */
  SAMPLING = 'sampling',
  /** Roots: the directories that the client works in. Deprecated by protocol revision 2026-07-28. */
  ROOTS = 'roots',
}

/** The callers that a cached response may be used for. */
export enum McpCacheScope {
  /** All callers: the response is the same for every caller. */
  PUBLIC = 'public',
  /** The caller that sent the request. */
  PRIVATE = 'private',
}

/** How clients may cache the content of a resource. Applies to clients of protocol revision 2026-07-28. */
export interface McpCache {
  /** The time to live, in whole seconds: 0 to 31,536,000 (a year, a limit of this library). */
  readonly ttl: Duration;

  /**
   * The callers that the cached content may be used for.
   *
   * @default McpCacheScope.PRIVATE
   */
  readonly scope?: McpCacheScope;
}

/** Options common to tools, resources, resource templates and prompts. */
export interface McpRegistrationOptions {
  /**
   * The name of the registration: 1 to 128 of the characters `A-Z a-z 0-9 _ . -`. It must not contain tokens.
   *
   * It must be unique among the tools, the resources or the prompts of its server.
   */
  readonly name: string;

  /**
   * The display name, at most 256 characters (a limit of this library).
   *
   * @default - clients display the name
   */
  readonly title?: string;

  /**
   * The description for the model: what it does, and when to use it. At most 16,384 characters (a limit of this library).
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Icons that clients may display, at most 16 (a limit of this library).
   *
   * @default - no icons
   */
  readonly icons?: McpIcon[];

  /**
   * Additional metadata for clients (MCP's `_meta`): any JSON, with keys such as `example.com/owner`.
   *
   * Keys that MCP reserves, such as `io.modelcontextprotocol/…`, are refused.
   *
   * @default - no metadata
   */
  readonly meta?: { [key: string]: any };

  /**
   * The event that the function receives, and how its response is read.
   *
   * @jsii suppress JSII5018 (the property is `Event` in C#)
   * @default McpEvent.arguments()
   */
  readonly event?: McpEvent;

  /**
   * How the function is invoked, and how it returns its response.
   *
   * @default McpInvokeMode.BUFFERED
   */
  readonly invokeMode?: McpInvokeMode;

  /**
   * The time to wait for the function, in whole seconds: 1 second to 14 minutes (Lambda's 15 minutes, less the time to respond).
   *
   * A Lambda function cannot be stopped by its caller. It keeps running until its own timeout.
   *
   * @default Duration.seconds(30)
   */
  readonly timeout?: Duration;

  /**
   * Whether the registration is visible to clients.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Who may use the registration. For other callers it does not exist: it is in none of their lists, and calls fail as for an unknown name.
   *
   * @default - `defaultAccess` of the server
   */
  readonly access?: McpAccess;

  /**
   * The toolsets of the registration, at most 16 (a limit of this library). The name of a toolset has 1 to 64 of the characters `a-z 0-9 -`.
   *
   * A client of `…/mcp/<toolset>` gets only the registrations that name the toolset. A client of `…/mcp` gets all registrations. A toolset narrows
   * lists and is not an access boundary: use `access` to decide who may use a registration.
   *
   * @default - no toolsets; only clients of `…/mcp` and `…/sse` get the registration
   */
  readonly toolsets?: string[];

  /**
   * The client features that the function can request, by returning `input_required`.
   *
   * Requires `McpEvent.request()`, because the response of the client is part of the next request.
   *
   * @default - no client features
   */
  readonly asksClient?: McpClientFeature[];
}
