import { isJSONRPCRequest, type JSONRPCMessage, ProtocolErrorCode, type Transport } from '@modelcontextprotocol/server';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import type { JsonRpcObject, QueuedMessage } from './queue-message.js';

const ENDING = 'this session is about to end: reconnect and send the request again';
const CUT_OFF = 'the session ended before the request did: reconnect; the function may still be running';
const MALFORMED = 'invalid request: a key that JSON-RPC does not have, or params._meta of a wrong type';

/** Ids of our pings. The SDK numbers its own requests. */
const PING_ID = 'ping-';

type RequestId = string | number;

/**
 * The MCP server's side of one SSE session: what the queue brings goes to the server, what the server sends goes out on
 * the stream. Keeps count of what the client is waiting for, and of when it was last heard.
 */
export class SessionTransport implements Transport {
  onmessage?: Transport['onmessage'];
  onclose?: () => void;
  onerror?: (error: Error) => void;

  /** Epoch milliseconds of the last inbound message of any kind: proof of life. */
  heardAt = Date.now();
  /** Epoch milliseconds of the last sign of use: an inbound message other than a ping reply, or a call's answer. */
  usedAt = Date.now();
  /** Whether the client has gone past the handshake, so that notifications may be sent to it. */
  ready = false;
  /** The revision that the client names in its messages: all there is to go by after a reconnect, for it does not initialize again. */
  protocolVersion?: string;

  private readonly pending = new Set<RequestId>();
  private settledWaiters: Array<() => void> = [];
  private supportedVersions: readonly string[] = [];
  private refusing = false;
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

  /** Hands a message to the server, which answers by `send` when it has an answer. */
  receive({ message, protocolVersion }: QueuedMessage): void {
    if (this.closed) return;
    this.heardAt = Date.now();
    if (isReplyToPing(message)) return;
    this.usedAt = this.heardAt;
    if (protocolVersion && this.supportedVersions.includes(protocolVersion)) this.protocolVersion = protocolVersion;
    if (isRequest(message)) {
      const refusal = this.refusalOf(message);
      if (refusal) {
        this.fail(message.id, ...refusal);
        return;
      }
      this.pending.add(message.id);
    }
    if (message.method === 'notifications/cancelled') this.settle((message.params as JsonRpcObject)?.requestId);
    if (message.method !== 'initialize' && message.method !== 'ping') this.ready = true;
    this.onmessage?.(message as unknown as JSONRPCMessage);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.closed) return;
    await this.write(frame(message));
    if (!('method' in message)) this.settle(message.id);
  }

  /** Asks the client for a sign of life. Any message is one, a reply that it knows no ping included. */
  ping(): void {
    this.pings += 1;
    void this.write(frame({ jsonrpc: '2.0', id: `${PING_ID}${this.pings}`, method: 'ping' }));
  }

  /** How many of the client's requests have no answer yet. */
  get pendingCalls(): number {
    return this.pending.size;
  }

  /** Answers every request from now on, but for `ping`, with an error. */
  refuseCalls(): void {
    this.refusing = true;
  }

  /** Resolves when no request of the client is without answer. */
  settled(): Promise<void> {
    if (this.pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.settledWaiters.push(resolve));
  }

  /** Ends the connection; requests that have no answer yet get an error. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true; // an answer that comes now would be the second one
    this.onclose?.();
    for (const id of [...this.pending]) this.fail(id, JSON_RPC_ERROR.CONNECTION_CLOSED, CUT_OFF);
  }

  private refusalOf(request: JsonRpcObject): [code: number, message: string] | undefined {
    if (!isJSONRPCRequest(request)) return [ProtocolErrorCode.InvalidRequest, MALFORMED]; // the SDK would not answer it
    if (this.refusing && request.method !== 'ping') return [JSON_RPC_ERROR.CONNECTION_CLOSED, ENDING];
    return undefined;
  }

  private fail(id: RequestId, code: number, message: string): void {
    void this.write(frame({ jsonrpc: '2.0', id, error: { code, message } }));
    this.settle(id);
  }

  private settle(id: unknown): void {
    if (!this.pending.delete(id as RequestId)) return;
    this.usedAt = Date.now();
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

function isReplyToPing(message: JsonRpcObject): boolean {
  return message.method === undefined && typeof message.id === 'string' && message.id.startsWith(PING_ID);
}
