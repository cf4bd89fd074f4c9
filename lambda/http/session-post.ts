import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  type JSONRPCResponse,
  type MessageExtraInfo,
  type RequestId,
  type Transport,
  type TransportSendOptions,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { KEEP_ALIVE_MS } from '../protocol/event-stream.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import { plainResponse } from '../shared/exact-message.js';
import { log } from '../shared/log.js';
import { pause } from '../shared/pause.js';
import { rpcError } from './rpc-error.js';
import { MAX_INPUT_RESPONSE_BYTES, requestKey, type SessionMailbox } from './session-mailbox.js';
import type { HttpSession } from './session-store.js';

/** Interval between reads for an input response: short at first, then longer, because a person may take time to respond. */
const MIN_RESPONSE_POLL_MS = 250;
const MAX_RESPONSE_POLL_MS = 1_000;
/** Interval between reads for cancellations and the session's end. */
const MAILBOX_POLL_MS = 1_000;
/** Time reserved before the deadline for sending the last errors and closing the stream. */
const CLOSE_MARGIN_MS = 500;

const RESTORE_REQUEST_ID = 'restoring';
const INPUT_REQUEST_ID = /^[0-9a-f-]{36}$/;

interface SessionPostOptions {
  readonly mailbox: SessionMailbox;
  /** When this invocation ends, epoch milliseconds. */
  readonly deadline: number;
}

/**
 * One POST of an HTTP session. The client's requests run here, and input requests go out on this POST's stream. Input responses and
 * cancellations arrive with other POSTs at other function instances, and reach this one through the session's mailbox.
 */
export class SessionPost implements Transport {
  onmessage?: Transport['onmessage'];
  onclose?: () => void;
  onerror?: (error: Error) => void;

  private readonly inner = new WebStandardStreamableHTTPServerTransport({ keepAliveMs: KEEP_ALIVE_MS });
  /** Ids of the client's requests that have no response yet. */
  private readonly pending = new Set<RequestId>();
  /** Input requests that have no response yet: the SDK's request id by the id that the client sees. */
  private readonly inputRequests = new Map<string, RequestId>();
  /** Writes to the mailbox. Each resolves to an HTTP error if the client's message was rejected. */
  private readonly mailboxWrites: Array<Promise<Response | undefined>> = [];
  private readonly closed = new AbortController();
  private onRestored?: () => void;

  constructor(private readonly options: SessionPostOptions) {}

  async start(): Promise<void> {
    this.inner.onmessage = (message, extra) => this.receive(message, extra);
    this.inner.onerror = (error) => this.onerror?.(error);
    this.inner.onclose = () => this.onclose?.();
    await this.inner.start();
  }

  setSupportedProtocolVersions(versions: string[]): void {
    this.inner.setSupportedProtocolVersions(versions);
  }

  /** Restores the state of an initialized server by replaying the session's `initialize` request. */
  async restore({ protocolVersion, client, capabilities }: HttpSession): Promise<void> {
    const params = { protocolVersion, clientInfo: client, capabilities };
    await new Promise<void>((done) => {
      this.onRestored = done;
      this.onmessage?.({ jsonrpc: '2.0', id: RESTORE_REQUEST_ID, method: 'initialize', params });
    });
  }

  async handle(request: Request, parsedBody: unknown): Promise<Response> {
    const response = await this.inner.handleRequest(request, { parsedBody });
    const [rejection] = (await Promise.all(this.mailboxWrites)).filter((each) => each !== undefined);
    if (this.pending.size === 0) await this.close();
    else this.watch();
    return rejection ?? response;
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (this.onRestored) {
      this.onRestored();
      this.onRestored = undefined;
      return;
    }
    if (isJSONRPCRequest(message)) return this.sendInputRequest(message, options);
    if (isJSONRPCResponse(message)) return this.sendResponse(message);
    await this.inner.send(this.withClientId(message), options);
  }

  async close(): Promise<void> {
    this.closed.abort();
    await this.inner.close();
  }

  private receive(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    if (isJSONRPCRequest(message)) {
      this.pending.add(message.id);
      this.onmessage?.(message, extra);
    } else if (isJSONRPCResponse(message)) {
      this.mailboxWrites.push(this.storeInputResponse(message));
    } else if (message.method === 'notifications/cancelled') {
      const requestId = (message.params as { requestId?: RequestId } | undefined)?.requestId;
      if (requestId !== undefined) {
        this.mailboxWrites.push(this.options.mailbox.putCancellation(requestId).then(accepted));
      }
    }
    // the server ignores all other notifications
  }

  private async storeInputResponse(response: JSONRPCResponse): Promise<Response | undefined> {
    const { mailbox } = this.options;
    const { id } = response;
    if (typeof id !== 'string' || !INPUT_REQUEST_ID.test(id)) return undefined; // not the id of an input request
    const size = Buffer.byteLength(JSON.stringify(response));
    if (size <= MAX_INPUT_RESPONSE_BYTES) return mailbox.putInputResponse(id, response).then(accepted);
    const message = `the client's response of ${size} bytes is larger than ${MAX_INPUT_RESPONSE_BYTES}`;
    const error = { code: JSON_RPC_ERROR.INVALID_REQUEST, message };
    await mailbox.putInputResponse(id, { jsonrpc: '2.0', id, error });
    return rpcError(413, JSON_RPC_ERROR.INVALID_REQUEST, message, { id });
  }

  /** Sends an input request with an id that is unique in the session. The SDK's ids start at 0 in each POST. */
  private async sendInputRequest(request: JSONRPCRequest, options?: TransportSendOptions): Promise<void> {
    const id = randomUUID();
    this.inputRequests.set(id, request.id);
    await this.options.mailbox.expectInputResponse(id);
    const { _meta } = request.params ?? {};
    const params =
      _meta?.progressToken === undefined
        ? {}
        : { params: { ...request.params, _meta: { ..._meta, progressToken: id } } };
    await this.inner.send({ ...request, ...params, id }, options);
    void this.awaitInputResponse(id);
  }

  private async sendResponse(response: JSONRPCResponse): Promise<void> {
    if (!this.pending.has(response.id!)) return; // cancelled, or already ended with an error
    await this.inner.send(response);
    this.settle(response.id!);
  }

  /** Replaces the SDK's id in the cancellation of an input request by the id that the client sees. */
  private withClientId(message: JSONRPCNotification): JSONRPCNotification {
    if (message.method !== 'notifications/cancelled') return message;
    const sdkId = (message.params as { requestId?: RequestId }).requestId;
    const [clientId] = [...this.inputRequests].find(([, id]) => id === sdkId) ?? [];
    if (clientId === undefined) return message;
    this.inputRequests.delete(clientId);
    return { ...message, params: { ...message.params, requestId: clientId } };
  }

  private async awaitInputResponse(id: string): Promise<void> {
    let interval = MIN_RESPONSE_POLL_MS;
    while (await pause(interval, this.closed.signal)) {
      const sdkId = this.inputRequests.get(id);
      if (sdkId === undefined) return; // timed out or cancelled
      const response = await this.options.mailbox.takeInputResponse(id).catch(logReadFailure);
      if (response) {
        this.inputRequests.delete(id);
        this.onmessage?.(plainResponse({ ...response, id: sdkId }));
        return;
      }
      interval = Math.min(interval * 1.5, MAX_RESPONSE_POLL_MS);
    }
  }

  /** Watches for cancellations, the session's end and the deadline until this transport closes. */
  private watch(): void {
    void this.watchMailbox();
    void this.watchDeadline();
  }

  private async watchMailbox(): Promise<void> {
    while (await pause(MAILBOX_POLL_MS, this.closed.signal)) {
      const state = await this.options.mailbox.read().catch(logReadFailure);
      if (!state) continue;
      if (!state.sessionLive) return this.failPending('the session has ended');
      for (const requestId of this.pending) {
        if (state.cancelled.has(requestKey(requestId))) await this.cancel(requestId);
      }
    }
  }

  private async watchDeadline(): Promise<void> {
    const left = this.options.deadline - CLOSE_MARGIN_MS - Date.now();
    if (await pause(left, this.closed.signal)) {
      await this.failPending('the server ran out of time; retry the request');
    }
  }

  private async cancel(requestId: RequestId): Promise<void> {
    this.onmessage?.({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });
    await sleep(0); // lets the server cancel its input requests
    this.settle(requestId);
  }

  private async failPending(message: string): Promise<void> {
    for (const id of [...this.pending]) {
      this.pending.delete(id);
      await this.inner.send({ jsonrpc: '2.0', id, error: { code: JSON_RPC_ERROR.CONNECTION_CLOSED, message } });
    }
    await this.close();
  }

  private settle(requestId: RequestId): void {
    this.pending.delete(requestId);
    if (this.pending.size === 0) setImmediate(() => void this.close());
  }
}

const accepted = () => undefined;

/** Logs a failed read. DynamoDB may throttle for a moment, and the next poll reads again. */
function logReadFailure(error: Error): undefined {
  log.warn('reading a session mailbox failed', error);
}
