import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { events } from './event-stream.js';
import { followNotifications } from './notifications.js';
import { claimedVersion, type Message, ProtocolHeaders } from './protocol-headers.js';
import type { Sign } from './signer.js';

export interface BridgeOptions {
  /** The server's `/mcp`. */
  readonly url: URL;
  readonly sign: Sign;
  readonly input: Readable;
  readonly output: Writable;
  /** For what the client cannot be told. */
  readonly onProblem: (text: string) => void;
}

/** JSON-RPC's range for errors of an implementation. */
const BRIDGE_ERROR = -32000;

/** Carries MCP messages between a client on stdio and a server that speaks Streamable HTTP and wants its requests signed. */
export class Bridge {
  private readonly headers = new ProtocolHeaders();
  private readonly running = new Map<string | number, { modern: boolean; abort: AbortController }>();

  private readonly over = new AbortController();

  constructor(private readonly options: BridgeOptions) {}

  /** Resolves when the client has closed its end and everything it asked is answered. */
  async run(): Promise<void> {
    const pending = new Set<Promise<void>>();
    for await (const line of createInterface({ input: this.options.input })) {
      if (line.trim() === '') continue;
      const work = this.take(line).finally(() => pending.delete(work));
      pending.add(work);
    }
    this.over.abort();
    await Promise.all(pending);
    if (this.headers.sessionId) await this.endSession();
  }

  private async take(line: string): Promise<void> {
    let message: Message;
    try {
      message = JSON.parse(line) as Message;
    } catch {
      this.reply({
        jsonrpc: '2.0',
        id: null,
        error: { code: -32700, message: 'Parse error: a message is one line of JSON' },
      });
      return;
    }
    const { method, id, params } = message;
    if (method === 'notifications/cancelled') {
      const cancelled = this.running.get(params?.requestId);
      // from 2026-07-28 on closing the answer's stream is the cancellation
      if (cancelled?.modern) return cancelled.abort.abort();
    }
    const abort = new AbortController();
    if (method && id !== undefined) this.running.set(id, { modern: claimedVersion(message) !== undefined, abort });
    try {
      await this.post(message, line, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) this.fail(message, `${this.options.url.host}: ${reason(error)}`);
    } finally {
      if (id !== undefined) this.running.delete(id);
    }
  }

  private async post(message: Message, body: string, signal: AbortSignal): Promise<void> {
    const { url, sign } = this.options;
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...this.headers.for(message),
    };
    const response = await fetch(url, { method: 'POST', headers: await sign('POST', headers, body), body, signal });
    this.headers.sessionId = response.headers.get('mcp-session-id') ?? this.headers.sessionId;
    const type = response.headers.get('content-type') ?? '';
    if (response.ok && type.startsWith('text/event-stream') && response.body) {
      let answered = false;
      for await (const { data } of events(response.body)) {
        if (data) answered = this.deliver(message, data) || answered;
      }
      if (!answered) this.fail(message, `${url.host} closed the stream before it answered`);
      return;
    }
    const text = await response.text();
    if (response.status === 202 || (response.ok && text === '')) {
      if (message.method === 'notifications/initialized' && this.headers.notifies) this.listen();
      return;
    }
    if (response.ok) {
      this.deliver(message, text);
      return;
    }
    this.refused(message, response.status, text);
  }

  /** Hands messages to the client; true when the answer to the request was among them. */
  private deliver(request: Message, text: string): boolean {
    let answered = false;
    for (const received of [JSON.parse(text)].flat() as Message[]) {
      this.reply(received);
      if (received.method === undefined && received.id === request.id) {
        this.headers.learn(request, received);
        answered = true;
      }
    }
    return answered;
  }

  private refused(request: Message, status: number, text: string): void {
    const body = parse(text);
    if (body?.error && typeof body.error === 'object' && body.jsonrpc === '2.0') {
      if (request.id !== undefined && request.method) this.reply({ ...body, id: request.id });
      return;
    }
    const said = body?.message ?? body?.Message ?? body?.error ?? text.slice(0, 200);
    this.fail(request, `${this.options.url.host} answered ${status}${said ? `: ${said}` : ''}`);
  }

  /** An error answer to a request; to what nobody waits for, a line in the log. */
  private fail({ id, method }: Message, message: string): void {
    if (id === undefined || !method) this.options.onProblem(message);
    else this.reply({ jsonrpc: '2.0', id, error: { code: BRIDGE_ERROR, message } });
  }

  private reply(message: object): void {
    this.options.output.write(`${JSON.stringify(message)}\n`);
  }

  /** Carries on what the server tells by itself, which on stdio comes unasked. */
  private listen(): void {
    const { url, sign } = this.options;
    const headers = () => this.headers.for({});
    const deliver = (text: string) => this.reply(JSON.parse(text));
    void followNotifications({ url, sign, headers, deliver, signal: this.over.signal });
  }

  private async endSession(): Promise<void> {
    const { url, sign, onProblem } = this.options;
    try {
      const headers = await sign('DELETE', this.headers.for({}), '');
      await fetch(url, { method: 'DELETE', headers });
    } catch (error) {
      onProblem(`the session was not ended: ${reason(error)}`);
    }
  }
}

function parse(text: string): Record<string, any> | undefined {
  try {
    return JSON.parse(text) as Record<string, any>;
  } catch {
    return undefined;
  }
}

/** What lies behind fetch's "fetch failed". */
function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
