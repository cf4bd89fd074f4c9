import type { Duration } from 'aws-cdk-lib';
import type { McpIcon } from './icon';

/** What event a registered function gets. */
export enum McpPayload {
  /**
   * The arguments, and nothing around them: for functions that know nothing of MCP. A resource's function gets `{ uri, variables }`,
   * where the variables are those of its template.
   */
  ARGUMENTS = 'ARGUMENTS',
  /** The whole request, `{ method, params, context }`; the context has caller, client, protocol revision, transport and deadline. */
  REQUEST = 'REQUEST',
}

/** How a registered function answers. */
export enum McpInvokeMode {
  /** With what it returns, once it is done: at most 6 MB. */
  BUFFERED = 'BUFFERED',
  /**
   * With a stream, for functions with response streaming (Node.js: `awslambda.streamifyResponse`). Each line is a JSON object with one key,
   * and has at most 1 MiB: `progress` (`{ progress, total, message }`), `log` (`{ level, logger, data }`), `content` (an array, collected for
   * the result), and at the end `result` or `error`. A stream that does not begin with such a line is a text.
   */
  STREAM = 'STREAM',
}

/** What a function may ask of the client while it works on a request. */
export enum McpClientFeature {
  /** A question to the person at the client. */
  ELICITATION = 'elicitation',
  /** A completion by the client's model; deprecated by protocol revision 2026-07-28. */
  SAMPLING = 'sampling',
  /** The directories that the client works in; deprecated by protocol revision 2026-07-28. */
  ROOTS = 'roots',
}

/** Who may keep an answer. */
export enum McpCacheScope {
  /** Anybody, for anybody: the answer is the same for every caller. */
  PUBLIC = 'public',
  /** The client that asked, for itself. */
  PRIVATE = 'private',
}

/** How long clients may keep the content of a resource. Only clients of the 2026-07-28 revision are told. */
export interface McpCache {
  /** For how long: whole seconds, 0 to 31,536,000 (a year, a limit of this library). */
  readonly ttl: Duration;

  /**
   * Who may keep it.
   *
   * @default McpCacheScope.PRIVATE
   */
  readonly scope?: McpCacheScope;
}

/** What tools, resources and prompts have in common. */
export interface McpRegistrationOptions {
  /**
   * The name by which clients and the Registration API know it: 1 to 128 of the characters `A-Z a-z 0-9 _ . -`, unique among the
   * tools, the resources or the prompts of its server. It may not hold a token.
   */
  readonly name: string;

  /**
   * A name for people to read, at most 256 characters (a limit of this library).
   *
   * @default - clients show the name
   */
  readonly title?: string;

  /**
   * What it does and when to use it, for the model to choose by; at most 16,384 characters (a limit of this library).
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Pictures that clients may show, at most 16 (a limit of this library).
   *
   * @default - none
   */
  readonly icons?: McpIcon[];

  /**
   * Further metadata for clients (MCP's `_meta`): any JSON, under names such as `example.com/owner`.
   *
   * @default - none
   */
  readonly meta?: { [key: string]: any };

  /**
   * What event the function gets.
   *
   * @default McpPayload.ARGUMENTS
   */
  readonly payload?: McpPayload;

  /**
   * How the function answers.
   *
   * @default McpInvokeMode.BUFFERED
   */
  readonly invokeMode?: McpInvokeMode;

  /**
   * How long to wait for the function: whole seconds, 1 second to 14 minutes (Lambda's 15, less the time to answer). A Lambda
   * function cannot be stopped from outside; it runs on until its own timeout.
   *
   * @default Duration.seconds(30)
   */
  readonly timeout?: Duration;

  /**
   * Whether clients see it and can use it.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * What the function may ask of the client, by answering `input_required`. It takes the payload `McpPayload.REQUEST`, because the
   * client's answer comes with the next request.
   *
   * @default - nothing
   */
  readonly asksClient?: McpClientFeature[];
}
