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
import { log } from '../shared/log.js';
import { rpcError } from './rpc-error.js';
import { MAX_ANSWER_BYTES, nameOf, type SessionMailbox } from './session-mailbox.js';
import type { HttpSession } from './session-store.js';

/** How often an answer of the client is looked for: soon at first, people take their time. */
const FIRST_LOOK_MS = 250;
const LAST_LOOK_MS = 1_000;
/** How often a cancellation, or the session's end, is looked for. */
const WATCH_MS = 1_000;
/** Kept of the invocation's time for the last words. */
const FAREWELL_MS = 500;

const RESTORING = 'restoring';
const QUESTION_ID = /^[0-9a-f-]{36}$/;

export interface SessionPostOptions {
  readonly mailbox: SessionMailbox;
  /** When this invocation ends, epoch milliseconds. */
  readonly deadline: number;
}

/**
 * One POST within a session. The requests in it run here, and what the server asks the client meanwhile goes out on this
 * POST's stream; the answers, and cancellations, come by other POSTs to other function instances, through the mailbox.
 */
export class SessionPost implements Transport {
  onmessage?: Transport['onmessage'];
  onclose?: () => void;
  onerror?: (error: Error) => void;

  private readonly inner = new WebStandardStreamableHTTPServerTransport({ keepAliveMs: KEEP_ALIVE_MS });
  /** The client's requests without answer. */
  private readonly pending = new Set<RequestId>();
  /** The server's requests without answer: the SDK's id by the one that the client sees. */
  private readonly questions = new Map<string, RequestId>();
  /** What is being left for other POSTs; a refusal where that cannot be. */
  private readonly leaving: Array<Promise<Response | undefined>> = [];
  private readonly over = new AbortController();
  private restored?: () => void;

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

  /** Brings the server to where `initialize` left the one of that POST. */
  async restore({ protocolVersion, client, capabilities }: HttpSession): Promise<void> {
    const params = { protocolVersion, clientInfo: client, capabilities };
    await new Promise<void>((done) => {
      this.restored = done;
      this.onmessage?.({ jsonrpc: '2.0', id: RESTORING, method: 'initialize', params });
    });
  }

  async handle(request: Request, parsedBody: unknown): Promise<Response> {
    const response = await this.inner.handleRequest(request, { parsedBody });
    const [refusal] = (await Promise.all(this.leaving)).filter((each) => each !== undefined);
    if (this.pending.size === 0) await this.close();
    else this.watch();
    return refusal ?? response;
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (this.restored) {
      this.restored();
      this.restored = undefined;
      return;
    }
    if (isJSONRPCRequest(message)) return this.ask(message, options);
    if (isJSONRPCResponse(message)) return this.answer(message);
    await this.inner.send(this.withOwnId(message), options);
  }

  async close(): Promise<void> {
    this.over.abort();
    await this.inner.close();
  }

  private receive(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    if (isJSONRPCRequest(message)) {
      this.pending.add(message.id);
      this.onmessage?.(message, extra);
    } else if (isJSONRPCResponse(message)) {
      this.leaving.push(this.leaveAnswer(message));
    } else if (message.method === 'notifications/cancelled') {
      const requestId = (message.params as { requestId?: RequestId } | undefined)?.requestId;
      if (requestId !== undefined) this.leaving.push(this.options.mailbox.leaveCancellation(requestId).then(noRefusal));
    }
    // the server has no use for the other notifications
  }

  private async leaveAnswer(answer: JSONRPCResponse): Promise<Response | undefined> {
    const { mailbox } = this.options;
    const { id } = answer;
    if (typeof id !== 'string' || !QUESTION_ID.test(id)) return undefined; // to nothing that we asked
    const size = Buffer.byteLength(JSON.stringify(answer));
    if (size <= MAX_ANSWER_BYTES) return mailbox.leaveAnswer(id, answer).then(noRefusal);
    const message = `the client's answer of ${size} bytes is larger than ${MAX_ANSWER_BYTES}`;
    await mailbox.leaveAnswer(id, { jsonrpc: '2.0', id, error: { code: JSON_RPC_ERROR.INVALID_REQUEST, message } });
    return rpcError(413, JSON_RPC_ERROR.INVALID_REQUEST, message, { id });
  }

  /** Sends a request to the client. Its id has to be good for the whole session, while the SDK counts from 0 in each POST. */
  private async ask(request: JSONRPCRequest, options?: TransportSendOptions): Promise<void> {
    const id = randomUUID();
    this.questions.set(id, request.id);
    const { _meta } = request.params ?? {};
    const params =
      _meta?.progressToken === undefined
        ? {}
        : { params: { ...request.params, _meta: { ..._meta, progressToken: id } } };
    await this.inner.send({ ...request, ...params, id }, options);
    void this.awaitAnswer(id);
  }

  private async answer(response: JSONRPCResponse): Promise<void> {
    if (!this.pending.has(response.id!)) return; // cut off
    await this.inner.send(response);
    this.settle(response.id!);
  }

  /** A cancellation of a request of the server, with the id that the client knows. */
  private withOwnId(message: JSONRPCNotification): JSONRPCNotification {
    if (message.method !== 'notifications/cancelled') return message;
    const given = (message.params as { requestId?: RequestId }).requestId;
    const [own] = [...this.questions].find(([, id]) => id === given) ?? [];
    if (own === undefined) return message;
    this.questions.delete(own);
    return { ...message, params: { ...message.params, requestId: own } };
  }

  private async awaitAnswer(id: string): Promise<void> {
    for (let pause = FIRST_LOOK_MS; await this.wait(pause); pause = Math.min(pause * 1.5, LAST_LOOK_MS)) {
      const original = this.questions.get(id);
      if (original === undefined) return; // timed out, or cancelled
      const answer = await this.options.mailbox.takeAnswer(id).catch(notReadable);
      if (!answer) continue;
      this.questions.delete(id);
      this.onmessage?.({ ...answer, id: original });
      return;
    }
  }

  /** Looks after the pending requests until there are none. */
  private watch(): void {
    void this.watchMail();
    void this.watchClock();
  }

  private async watchMail(): Promise<void> {
    while (await this.wait(WATCH_MS)) {
      const mail = await this.options.mailbox.look().catch(notReadable);
      if (!mail) continue;
      if (!mail.alive) return this.cutOff('the session has ended');
      for (const requestId of this.pending) {
        if (mail.cancelled.has(nameOf(requestId))) await this.cancel(requestId);
      }
    }
  }

  private async watchClock(): Promise<void> {
    const left = this.options.deadline - FAREWELL_MS - Date.now();
    if (await this.wait(left)) await this.cutOff('the server has no more time for this request: send it again');
  }

  private async cancel(requestId: RequestId): Promise<void> {
    this.onmessage?.({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });
    await sleep(0); // lets the server withdraw its questions
    this.settle(requestId);
  }

  private async cutOff(message: string): Promise<void> {
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

  /** False if there is nothing to wait for any more. */
  private async wait(ms: number): Promise<boolean> {
    await sleep(Math.max(0, ms), undefined, { signal: this.over.signal }).catch(() => undefined);
    return !this.over.signal.aborted;
  }
}

const noRefusal = () => undefined;

/** The table may be throttled for a moment: the next look will tell. */
function notReadable(error: Error): undefined {
  log.warn('a session mailbox could not be read', error);
}
