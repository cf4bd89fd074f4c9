import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Sign } from '../request-signer.js';
import { fetchDirectly } from './direct-fetch.js';
import { events } from './event-stream.js';
import { followNotifications } from './notifications.js';
import { claimedVersion, type Message, ProtocolHeaders } from './protocol-headers.js';

interface BridgeOptions {
  /** The server's `/mcp`. */
  readonly url: URL;
  readonly sign: Sign;
  readonly input: Readable;
  readonly output: Writable;
  /** Receives problems that cannot be reported to the client as a response. */
  readonly onProblem: (text: string) => void;
}

/** First code of JSON-RPC's range for implementation-defined errors. */
const BRIDGE_ERROR = -32000;

/** Forwards MCP messages between a stdio client and a Streamable HTTP server that requires signed requests. */
export class Bridge {
  private readonly headers = new ProtocolHeaders();
  private readonly inFlight = new Map<string | number, { modern: boolean; abort: AbortController }>();

  private readonly closing = new AbortController();

  constructor(private readonly options: BridgeOptions) {}

  /** Resolves when the client has closed its input and all its requests have responses. */
  async run(): Promise<void> {
    const pending = new Set<Promise<void>>();
    for await (const line of createInterface({ input: this.options.input })) {
      if (line.trim() === '') continue;
      const work = this.handleLine(line).finally(() => pending.delete(work));
      pending.add(work);
    }
    this.closing.abort();
    await Promise.all(pending);
    if (this.headers.sessionId) await this.endSession();
  }

  private async handleLine(line: string): Promise<void> {
    let message: Message;
    try {
      message = JSON.parse(line) as Message;
    } catch {
      this.reply({
        jsonrpc: '2.0',
        id: null,
        error: { code: -32700, message: 'Parse error: expected one JSON message per line' },
      });
      return;
    }
    const { method, id, params } = message;
    if (method === 'notifications/cancelled') {
      const cancelled = this.inFlight.get(params?.requestId);
      // from 2026-07-28 on, closing the response stream cancels the request
      if (cancelled?.modern) return cancelled.abort.abort();
    }
    const abort = new AbortController();
    if (method && id !== undefined) this.inFlight.set(id, { modern: claimedVersion(message) !== undefined, abort });
    try {
      await this.post(message, line, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) this.fail(message, `${this.options.url.host}: ${reason(error)}`);
    } finally {
      if (id !== undefined) this.inFlight.delete(id);
    }
  }

  private async post(message: Message, body: string, signal: AbortSignal): Promise<void> {
    const { url, sign } = this.options;
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...this.headers.for(message, body),
    };
    const signed = await sign('POST', headers, body);
    const response = await fetchDirectly(url, { method: 'POST', headers: signed, body, signal });
    this.headers.sessionId = response.headers.get('mcp-session-id') ?? this.headers.sessionId;
    const type = response.headers.get('content-type') ?? '';
    if (response.ok && type.startsWith('text/event-stream') && response.body) {
      let responded = false;
      for await (const { data } of events(response.body)) {
        if (data) responded = this.deliver(message, data) || responded;
      }
      if (!responded) this.fail(message, `${url.host} closed the stream without a response`);
      return;
    }
    const text = hasBody(response) ? await response.text() : '';
    if (response.ok && text === '') {
      if (message.method === 'notifications/initialized' && this.headers.sendsNotifications) this.followNotifications();
      return;
    }
    if (response.ok) {
      this.deliver(message, text);
      return;
    }
    this.failFromResponse(message, response.status, text);
  }

  /** Sends messages to the client. Returns whether the response to the request was among them. */
  private deliver(request: Message, text: string): boolean {
    let responded = false;
    const parsed: unknown = JSON.parse(text);
    for (const received of [parsed].flat() as Message[]) {
      if (received === parsed) this.replyText(text);
      else this.reply(received);
      if (received.method === undefined && received.id === request.id) {
        this.headers.recordResponse(request, received);
        responded = true;
      }
    }
    return responded;
  }

  private failFromResponse(request: Message, status: number, text: string): void {
    const body = parse(text);
    if (body?.error && typeof body.error === 'object' && body.jsonrpc === '2.0') {
      if (request.id === undefined || !request.method) return;
      if (body.id === request.id) this.replyText(text);
      else this.reply({ ...body, id: request.id });
      return;
    }
    const detail = body?.message ?? body?.Message ?? body?.error ?? text.slice(0, 200);
    const hint = typeof body?.hint === 'string' ? `; ${body.hint}` : ''; // of the local runner
    this.fail(request, `${this.options.url.host} returned ${status}${detail ? `: ${detail}` : ''}${hint}`);
  }

  /** Sends an error response to a request. Logs the error for a notification or response, which cannot have one. */
  private fail({ id, method }: Message, message: string): void {
    if (id === undefined || !method) this.options.onProblem(message);
    else this.reply({ jsonrpc: '2.0', id, error: { code: BRIDGE_ERROR, message } });
  }

  private reply(message: object): void {
    this.options.output.write(`${JSON.stringify(message)}\n`);
  }

  /** Sends a message as the server wrote it: JavaScript would round large numbers. JSON has line breaks between tokens only. */
  private replyText(text: string): void {
    this.options.output.write(`${text.replaceAll(/[\r\n]+/g, ' ')}\n`);
  }

  /** Forwards the notifications that the server sends outside of requests. */
  private followNotifications(): void {
    const { url, sign } = this.options;
    const headers = () => this.headers.for({});
    const deliver = (text: string) => {
      JSON.parse(text); // throws if it is not JSON
      this.replyText(text);
    };
    void followNotifications({ url, sign, headers, deliver, signal: this.closing.signal });
  }

  private async endSession(): Promise<void> {
    const { url, sign, onProblem } = this.options;
    try {
      const headers = await sign('DELETE', this.headers.for({}), '');
      const response = await fetchDirectly(url, { method: 'DELETE', headers });
      await response.body?.cancel();
    } catch (error) {
      onProblem(`cannot delete the session: ${reason(error)}`);
    }
  }
}

/**
 * Whether a response can have a body. Closes the others without reading them: Lambda's streamed responses without a body are reported
 * not to end (aws-lambda-nodejs-runtime-interface-client#95).
 */
function hasBody(response: Response): boolean {
  if (response.status !== 202 && response.status !== 204) return true;
  void response.body?.cancel();
  return false;
}

function parse(text: string): Record<string, any> | undefined {
  try {
    return JSON.parse(text) as Record<string, any>;
  } catch {
    return undefined;
  }
}

/** Returns the message with its cause: fetch reports only "fetch failed". */
function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
