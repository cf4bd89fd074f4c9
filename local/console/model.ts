import type { McpCall } from '../calls/call.js';
import type { McpSession } from '../calls/session.js';

/** How to connect a client, in the copy menu. */
export interface ClientSetup {
  readonly title: string;
  /** Command, or content of the file. */
  readonly text: string;
  /** Path of the file; absent for a command. */
  readonly file?: string;
  /** Address that adds the server in the client. */
  readonly link?: string;
}

/** An MCP server of the app. */
export interface ConsoleServer {
  readonly name: string;
  /** Construct path. */
  readonly path: string;
  readonly mcp: string;
  readonly sse?: string;
  readonly register: string;
  readonly authorization: string;
  readonly clients: readonly ClientSetup[];
}

/** A tool, resource, resource template or prompt, as it is in the registry. */
export interface ConsoleRegistration {
  readonly kind: 'tool' | 'resource' | 'prompt';
  readonly name: string;
  /** Construct path of the server. */
  readonly server: string;
  readonly owner: 'stack' | 'Registration API';
  /** Construct path of the declaration; the name of the stack if it is unknown. */
  readonly construct?: string;
  /** Construct path of the function, or its ARN if it is not part of the app. */
  readonly function: string;
  readonly runtime?: string;
  readonly definition: Readonly<Record<string, unknown>>;
}

/** What the page shows besides calls. */
export interface ConsoleState {
  readonly servers: readonly ConsoleServer[];
  readonly registrations: readonly ConsoleRegistration[];
  readonly sessions: readonly McpSession[];
}

/** A call without what only its own view shows. */
export type CallSummary = Omit<McpCall, 'params' | 'answer' | 'steps' | 'permissions' | 'logs'> & {
  /** Number of changes of the call: the view of the call is read again when it rises. */
  readonly version: number;
  /** Whether a permission was denied. */
  readonly denied: boolean;
};
