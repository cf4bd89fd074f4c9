import { LOG_LEVEL_META_KEY, type Server, type ServerContext } from '@modelcontextprotocol/server';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import type { Catalog } from '../registry/catalog.js';
import type { Principal } from '../shared/principal.js';
import { callTrace, type TraceContext } from '../shared/request-trace.js';

/** The scope of an MCP server instance: one SSE session, or one request to `/mcp`. */
export interface RequestScope {
  readonly transport: 'sse' | 'http';
  readonly sessionId?: string;
  readonly principal: Principal | null;
  /** Text that the issuer puts before the name of a scope, for messages to the client. */
  readonly scopePrefix?: string;
  /** The toolset in the path of the request. Absent for `/mcp` and `/sse`, which have all registrations. */
  readonly toolset?: string;
  /** Whether the client receives `list_changed` notifications. The server advertises `listChanged` accordingly. */
  readonly listChanged: boolean;
  /** Whether the client receives resource updates. The server advertises `subscribe` accordingly. */
  readonly updates?: boolean;
  /** The resource subscriptions of the session. Absent without a session: such a client uses `subscriptions/listen`. */
  readonly subscriptions?: ResourceSubscriptions;
  /** Counts a call of a registration. Throws if a limit of the caller is reached. Absent if the calls are already counted. */
  readonly countCall?: (registration: Registration) => Promise<void>;
  /** `MCP-Protocol-Version` of a client that did not initialize on this server instance. Read at each request. */
  readonly protocolVersion?: string;
  /** Epoch milliseconds by which every response must be sent. */
  readonly deadline?: number;
  /** The level that the client set by `logging/setLevel` on another server instance. */
  readonly logLevel?: string;
  /** Stores the level for later server instances. */
  readonly keepLogLevel?: (level: string) => Promise<void>;
}

/** The resource subscriptions of a session. */
export interface ResourceSubscriptions {
  /** @param principal the caller that subscribes */
  subscribe(uri: string, principal: Principal | null): Promise<void>;
  unsubscribe(uri: string): Promise<void>;
}

/** An MCP server instance, with the state that its request handlers share. */
export interface ServerInstance {
  readonly server: Server;
  readonly scope: RequestScope;
  readonly catalog: () => Promise<Catalog>;
  /** The level that the client set by `logging/setLevel`. */
  logLevel?: string;
}

/** The request context as handlers see it. */
export interface RequestContext {
  /** The JSON-RPC id. */
  readonly requestId: string;
  readonly protocolVersion: string;
  readonly transport: 'sse' | 'http';
  readonly sessionId?: string;
  readonly principal: Principal | null;
  readonly client?: { readonly name: string; readonly version: string };
  readonly clientCapabilities?: JsonObject;
  readonly logLevel?: string;
  /** `_meta` of the request, without the entries of the protocol itself. */
  readonly meta?: JsonObject;
  /** The trace context of the call. Absent in tasks of an earlier version. */
  readonly trace?: TraceContext;
  /** Whether the handler runs in the background, because it requested that or because the call is a task. */
  readonly background?: boolean;
  /** The id of the task, if the call is one. */
  readonly taskId?: string;
}

/** Returns the protocol revision of the client. Defaults to the last revision in which clients of the transport did not state it. */
export function revisionOf({ server, scope }: ServerInstance): string {
  const fallback = scope.transport === 'http' ? '2025-03-26' : '2024-11-05';
  return server.getNegotiatedProtocolVersion() ?? scope.protocolVersion ?? fallback;
}

/** Returns the request context of a request. */
export function requestContextOf(instance: ServerInstance, { mcpReq }: ServerContext): RequestContext {
  const { server, scope, logLevel } = instance;
  const client = server.getClientVersion();
  const level = (mcpReq.envelope as JsonObject | undefined)?.[LOG_LEVEL_META_KEY] ?? logLevel;
  return {
    requestId: String(mcpReq.id),
    protocolVersion: revisionOf(instance),
    transport: scope.transport,
    sessionId: scope.sessionId,
    principal: scope.principal,
    client: client && { name: client.name, version: client.version },
    clientCapabilities: server.getClientCapabilities() as JsonObject | undefined,
    logLevel: typeof level === 'string' ? level : undefined,
    meta: mcpReq._meta as JsonObject | undefined,
    trace: callTrace(mcpReq._meta),
  };
}
