import { isJSONRPCRequest, type JSONRPCMessage, ProtocolErrorCode, type Transport } from '@modelcontextprotocol/server';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { plainResponse } from '../shared/exact-message.js';
import type { JsonRpcObject, QueuedMessage } from './queue-message.js';

const ENDING = 'the session is about to end; reconnect and retry the request';
const ENDED = 'the session ended before the request completed; reconnect (the function may still be running)';
const MALFORMED = 'invalid request: unknown JSON-RPC key, or params._meta of the wrong type';

/** Id prefix of the session's pings. The SDK's own requests have numbers. */
const PING_ID_PREFIX = 'ping-';

type RequestId = string | number;

/**
 * The MCP server's transport for one SSE session. It passes messages from the session queue to the server, and writes the server's
 * messages to the event stream. It tracks pending requests and the client's last activity.
 */
export class SessionTransport implements Transport {
  onmessage?: Transport['onmessage'];
  onclose?: () => void;
  onerror?: (error: Error) => void;

  /** When the last inbound message arrived, epoch milliseconds. */
  lastMessageAt = Date.now();
  /** When the session was last in use, epoch milliseconds: an inbound message other than a response to a ping, or the end of a request. */
  lastUsedAt = Date.now();
  /** Whether the client has completed the initialization, so that it can receive notifications. */
  ready = false;
  /** The protocol revision in the client's headers. After a reconnect it is the only indication, because the client does not initialize again. */
  protocolVersion?: string;

  private readonly pending = new Set<RequestId>();
  private settledWaiters: Array<() => void> = [];
  private supportedVersions: readonly string[] = [];
  private rejecting = false;
  private closed = false;
  private pings = 0;

  /** @param write writes one chunk to the client's event stream; must not throw */
  constructor(
    readonly sessionId: string,
    private readonly write: (chunk: string) => Promise<void>,
  ) {}

  async start(): Promise<void> {}

  setSupportedProtocolVersions(versions: string[]): void {
    this.supportedVersions = versions;
  }

  /** Passes a message to the server, which responds through `send`. */
  receive({ message, protocolVersion }: QueuedMessage): void {
    if (this.closed) return;
    this.lastMessageAt = Date.now();
    if (isPingResponse(message)) return;
    this.lastUsedAt = this.lastMessageAt;
    if (protocolVersion && this.supportedVersions.includes(protocolVersion)) this.protocolVersion = protocolVersion;
    if (isRequest(message)) {
      const rejection = this.rejectionOf(message);
      if (rejection) {
        this.fail(message.id, ...rejection);
        return;
      }
      this.pending.add(message.id);
    }
    if (message.method === 'notifications/cancelled') this.settle((message.params as JsonRpcObject)?.requestId);
    if (message.method !== 'initialize' && message.method !== 'ping') this.ready = true;
    this.onmessage?.(plainResponse(message) as unknown as JSONRPCMessage);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.closed) return;
    await this.write(frame(message));
    if (!('method' in message)) this.settle(message.id);
  }

  /** Pings the client. Any message counts as a response, also an error for a client without support for `ping`. */
  ping(): void {
    this.pings += 1;
    void this.write(frame({ jsonrpc: '2.0', id: `${PING_ID_PREFIX}${this.pings}`, method: 'ping' }));
  }

  /** Number of the client's requests that have no response yet. */
  get pendingCalls(): number {
    return this.pending.size;
  }

  /** Rejects all further requests except `ping` with an error. */
  rejectCalls(): void {
    this.rejecting = true;
  }

  /** Resolves when every request of the client has a response. */
  settled(): Promise<void> {
    if (this.pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.settledWaiters.push(resolve));
  }

  /** Ends the connection. Pending requests get an error. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true; // before the errors below: `send` must not add a second response
    this.onclose?.();
    for (const id of [...this.pending]) this.fail(id, JSON_RPC_ERROR.CONNECTION_CLOSED, ENDED);
  }

  private rejectionOf(request: JsonRpcObject): [code: number, message: string] | undefined {
    if (!isJSONRPCRequest(request)) return [ProtocolErrorCode.InvalidRequest, MALFORMED]; // the SDK would not respond
    if (this.rejecting && request.method !== 'ping') return [JSON_RPC_ERROR.CONNECTION_CLOSED, ENDING];
    return undefined;
  }

  private fail(id: RequestId, code: number, message: string): void {
    void this.write(frame({ jsonrpc: '2.0', id, error: { code, message } }));
    this.settle(id);
  }

  private settle(id: unknown): void {
    if (!this.pending.delete(id as RequestId)) return;
    this.lastUsedAt = Date.now();
    if (this.pending.size > 0) return;
    for (const resolve of this.settledWaiters.splice(0)) resolve();
  }
}

function frame(message: unknown): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}

function isRequest(message: JsonRpcObject): message is JsonRpcObject & { id: RequestId } {
  return typeof message.method === 'string' && message.id !== undefined;
}

function isPingResponse(message: JsonRpcObject): boolean {
  return message.method === undefined && typeof message.id === 'string' && message.id.startsWith(PING_ID_PREFIX);
}
