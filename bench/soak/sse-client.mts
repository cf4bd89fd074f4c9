import { setTimeout as sleep } from 'node:timers/promises';
import type { Tally } from './tally.mjs';

/** How a client uses its session. */
export type Behaviour = 'steady' | 'vanish' | 'stall' | 'flood';

interface SseClientOptions {
  readonly url: string;
  readonly tally: Tally;
  readonly behaviour: Behaviour;
  readonly random: () => number;
  /** A unique name, part of each message. */
  readonly name: string;
  /** Time between two messages, milliseconds. */
  readonly pauseMs: number;
  /** Time after which an accepted message counts as lost, milliseconds. */
  readonly answerMs: number;
  readonly until: number;
}

/** Errors of requests that did not leave this process. */
const NOT_CONNECTED = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ECONNREFUSED']);
const FLOOD = 20;
const STALL_MS = 5_000;
/** Pause after a refusal without `Retry-After`. */
const RETRY_SECONDS = 2;
const MAX_RETRY_MS = 60_000;

/** Uses one HTTP+SSE session until it ends, or the client leaves. */
export async function useSseSession(options: SseClientOptions): Promise<void> {
  const { tally, behaviour, random, until } = options;
  const connection = new AbortController();
  const response = await open(options, connection);
  if (!response) return;
  tally.sessions += 1;
  const session = new SseSession(options, response);
  try {
    if (!(await session.endpoint)) return;
    session.send('init', 'initialize', {
      protocolVersion: '2024-11-05',
      capabilities: {},
      clientInfo: { name: 'soak', version: '1' },
    });
    const messages = 3 + Math.floor(random() * 12);
    for (let i = 0; i < messages && !session.closed && Date.now() < until; i++) {
      const count = behaviour === 'flood' && i === 1 ? FLOOD : 1;
      for (let k = 0; k < count; k++) session.call(`${i}-${k}`);
      if (behaviour === 'stall' && i === 1) await session.stall(STALL_MS);
      if (behaviour === 'vanish' && i === 2) return;
      await sleep(options.pauseMs * (0.5 + random()));
    }
    await session.settled();
  } finally {
    session.leave();
    connection.abort();
  }
}

/** Opens a session. Repeats refused requests after `Retry-After`, and then after longer pauses. Resolves to undefined if there is none in time. */
async function open(options: SseClientOptions, connection: AbortController): Promise<Response | undefined> {
  const { url, tally, random, name, until, answerMs } = options;
  for (let attempt = 0; Date.now() < until; attempt++) {
    const slow = setTimeout(() => connection.abort(), answerMs);
    const opening = fetch(url, { headers: { accept: 'text/event-stream' }, signal: connection.signal });
    const response = await opening.catch(() => undefined).finally(() => clearTimeout(slow));
    if (!response) {
      tally.sent += 1;
      tally.lost.push(`opening of ${name}`);
      return undefined;
    }
    if (response.ok) return response;
    tally.refuse('GET /sse', response.status, await response.text());
    const seconds = Number(response.headers.get('retry-after') ?? RETRY_SECONDS);
    const pauseMs = Math.min(1_000 * seconds * 2 ** attempt, MAX_RETRY_MS) * (1 + random());
    await sleep(Math.min(pauseMs, Math.max(0, until - Date.now())));
  }
  return undefined;
}

type Waiting = { status: 'posting' | 'accepted' | 'answered'; since: number };

class SseSession {
  readonly endpoint: Promise<string | undefined>;
  closed = false;
  private readonly waiting = new Map<string, Waiting>();
  private paused: Promise<void> | undefined;
  private messageUrl = '';

  constructor(
    private readonly options: SseClientOptions,
    response: Response,
  ) {
    this.endpoint = new Promise((resolve) => {
      this.read(response, resolve)
        .catch(() => {}) // the connection broke, or this client left
        .finally(() => {
          this.closed = true;
          resolve(undefined);
        });
    });
  }

  call(id: string): void {
    const { name } = this.options;
    this.send(id, 'tools/call', { name: 'record', arguments: { n: `${name}-${id}` } });
  }

  send(id: string, method: string, params: object): void {
    const { tally } = this.options;
    const waiting: Waiting = { status: 'posting', since: Date.now() };
    this.waiting.set(id, waiting);
    tally.sent += 1;
    this.post({ jsonrpc: '2.0', id, method, params }).then(
      ({ status, text }) => {
        if (waiting.status === 'answered') return;
        if (status === 202) waiting.status = 'accepted';
        else if (this.waiting.delete(id)) {
          tally.refused += 1;
          tally.refuse('POST /message', status, text);
        }
      },
      (error: Error & { cause?: { code?: string } }) => {
        if (NOT_CONNECTED.has(error.cause?.code ?? '') && this.waiting.delete(id)) {
          tally.refused += 1;
          tally.refuse('POST /message', 0, error.cause!.code!);
        }
        // the connection to the API broke; faults do not do this, so an answer is still expected
        if (waiting.status === 'posting') waiting.status = 'accepted';
      },
    );
  }

  /** Stops reading for a time. */
  async stall(ms: number): Promise<void> {
    this.paused = sleep(ms);
    await this.paused;
    this.paused = undefined;
  }

  /** Waits until nothing is open. What takes too long is lost. */
  async settled(): Promise<void> {
    const { answerMs } = this.options;
    while (this.waiting.size > 0 && !this.closed) {
      if ([...this.waiting.values()].every(({ since }) => Date.now() - since > answerMs)) return;
      await sleep(100);
    }
  }

  /** Ends the client, and accounts for what is open. */
  leave(): void {
    const { tally, name, answerMs } = this.options;
    for (const [id, { since }] of this.waiting) {
      if (this.closed) tally.ended += 1;
      else if (Date.now() - since > answerMs) tally.lost.push(`${name}-${id}`);
      else tally.abandoned += 1;
    }
    this.waiting.clear();
  }

  private async post(message: object): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(this.messageUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      signal: AbortSignal.timeout(this.options.answerMs),
    });
    return { status: response.status, text: await response.text() };
  }

  private async read(response: Response, onEndpoint: (url: string) => void): Promise<void> {
    const answered = new Set<string>();
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      await this.paused;
      const events = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = events.pop()!;
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data === undefined) continue;
        if (event.includes('event: endpoint')) {
          this.messageUrl = new URL(data, this.options.url).href;
          onEndpoint(this.messageUrl);
        } else this.receive(JSON.parse(data), answered);
      }
    }
  }

  private receive({ id, method }: { id?: string; method?: string }, answered: Set<string>): void {
    const { tally, name } = this.options;
    if (method === 'ping') void this.post({ jsonrpc: '2.0', id, result: {} }).catch(() => {});
    if (method !== undefined || id === undefined) return;
    if (answered.has(id)) tally.twice.push(`${name}-${id}`);
    answered.add(id);
    const waiting = this.waiting.get(id);
    if (!waiting) return; // refused, but the message was delivered: its POST was answered with an error after the effect
    waiting.status = 'answered';
    this.waiting.delete(id);
    tally.answered += 1;
  }
}
