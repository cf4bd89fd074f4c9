import { LOG_LEVEL_META_KEY, type Server, type ServerContext } from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import type { Catalog } from '../registry/catalog.js';
import type { Principal } from '../shared/principal.js';

/** Where an MCP server instance stands: one SSE session, or one request to `/mcp`. */
export interface RequestScope {
  readonly transport: 'sse' | 'http';
  readonly sessionId?: string;
  readonly principal: Principal | null;
  /** Whether `list_changed` notifications are delivered, and so advertised. */
  readonly listChanged: boolean;
  /** Whether resource updates are delivered, and `subscribe` so advertised. */
  readonly updates?: boolean;
  /** Where the session keeps what it subscribes to; absent outside of sessions, where one listens instead. */
  readonly subscriptions?: ResourceSubscriptions;
  /** `MCP-Protocol-Version` of the client, for one that did not initialize on this instance. Read at each request. */
  readonly protocolVersion?: string;
  /** Epoch milliseconds by which every answer must be out. */
  readonly deadline?: number;
  /** What the client set by `logging/setLevel` on another instance. */
  readonly logLevel?: string;
  /** Keeps what it sets here for the instances to come. */
  readonly keepLogLevel?: (level: string) => Promise<void>;
}

/** The resources of whose updates one session wants to hear. */
export interface ResourceSubscriptions {
  subscribe(uri: string): Promise<void>;
  unsubscribe(uri: string): Promise<void>;
}

/** An MCP server instance with what its handlers share. */
export interface ServerInstance {
  readonly server: Server;
  readonly scope: RequestScope;
  readonly catalog: () => Promise<Catalog>;
  /** What the client set by `logging/setLevel`. */
  logLevel?: string;
}

/** What a function may know of the request that it serves. */
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
  /** The request's `_meta` without the protocol's own envelope. */
  readonly meta?: JsonObject;
  /** The function works in the background, or is to do as if it did: it asked for that, or the call is a task. */
  readonly background?: boolean;
  /** The task that the call is. */
  readonly taskId?: string;
}

/** The protocol revision of the client. A client that names none speaks the last revision of its transport that did not ask for it. */
export function revisionOf({ server, scope }: ServerInstance): string {
  const unnamed = scope.transport === 'http' ? '2025-03-26' : '2024-11-05';
  return server.getNegotiatedProtocolVersion() ?? scope.protocolVersion ?? unnamed;
}

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
  };
}
