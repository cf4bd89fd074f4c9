import { type ContentBlock, specTypeSchemas } from '@modelcontextprotocol/server';
import { isObject } from '../shared/json.js';
import { type ClientChannel, LOG_LEVELS, type LogMessage, type Progress } from './client-channel.js';
import type { InvocationOutcome } from './outcome.js';
/** Longest line, bytes. */
export const MAX_LINE_BYTES = 1_048_576;

/**
 * The answer of a streaming function as it comes. Its first line decides: a message makes it a stream of messages, one per line;
 * anything else makes the whole stream one text.
 */
export class ResponseStream {
  private readonly lines = new StreamLines();
  private mode: 'undecided' | 'messages' | 'text' = 'undecided';
  /** The stream so far, while it may be a text. */
  private text: Uint8Array[] = [];
  private readonly content: ContentBlock[] = [];
  private last?: Extract<StreamMessage, { kind: 'result' | 'error' }>;
  /** Bytes kept for the answer. */
  private kept = 0;
  private count = 0;
  private failure?: InvocationOutcome;

  /**
   * @param live where progress and log go
   * @param maxBytes most that is kept for the answer; progress and log are not
   */
  constructor(
    private readonly live: ClientChannel,
    private readonly maxBytes: number,
  ) {}

  /** Takes the next piece of the stream. False when it has failed already: what follows need not be read. */
  async take(piece: Uint8Array): Promise<boolean> {
    if (this.mode !== 'messages') this.text.push(piece);
    if (this.mode === 'text') this.keep(piece.length);
    else await this.read(piece);
    return this.failure === undefined;
  }

  /** What came of it, when there is no more. `ended`: how the invocation ended, where not well. */
  async end(ended?: InvocationOutcome): Promise<InvocationOutcome> {
    if (this.failure) return this.failure;
    if (ended) return ended;
    if (this.mode !== 'text' && this.lines.unfinished > 0) await this.line(this.lines.flush());
    if (this.failure) return this.failure;
    if (this.mode === 'text') return { kind: 'response', value: Buffer.concat(this.text).toString('utf8') };
    if (this.last?.kind === 'error') return failed(this.last.error);
    return { kind: 'response', value: this.last?.value ?? null, content: this.content };
  }

  private async read(piece: Uint8Array): Promise<void> {
    for (const line of this.lines.take(piece)) {
      await this.line(line);
      if (this.failure || this.decidedText()) return;
    }
    if (this.lines.unfinished > MAX_LINE_BYTES) await this.line(this.lines.flush());
  }

  private async line(line: string): Promise<void> {
    this.count += 1;
    if (line.trim() === '') return;
    const tooLong = Buffer.byteLength(line) > MAX_LINE_BYTES;
    const message = tooLong ? undefined : readMessage(line);
    if (this.mode === 'undecided') {
      if (!message && !(tooLong && LINE_START.test(line))) return this.becomeText();
      this.mode = 'messages';
      this.text = [];
    }
    if (tooLong) return this.refuse(`is longer than ${MAX_LINE_BYTES} bytes`);
    if (!message) return this.refuse('is not a JSON object with the one key progress, log, content, result or error');
    if (this.last) return this.refuse('comes after the last one: result and error end the stream');
    await this.apply(message, line.length);
  }

  private async apply(message: StreamMessage, size: number): Promise<void> {
    switch (message.kind) {
      case 'progress':
        return this.live.progress(message.progress);
      case 'log':
        return this.live.log(message.message);
      case 'content':
        this.content.push(...message.content);
        return this.keep(size);
      case 'invalid':
        return this.refuse(`is not valid: ${message.problem}`);
      default:
        this.last = message;
        return this.keep(size);
    }
  }

  private decidedText(): boolean {
    return this.mode === 'text';
  }

  private becomeText(): void {
    this.mode = 'text';
    this.keep(this.text.reduce((bytes, { length }) => bytes + length, 0));
  }

  private keep(bytes: number): void {
    this.kept += bytes;
    if (this.kept > this.maxBytes) this.failure = { kind: 'tooLarge', what: 'stream', bytes: this.maxBytes };
  }

  private refuse(problem: string): void {
    this.failure = { kind: 'failed', message: `line ${this.count} of the function's stream ${problem}` };
  }
}

/** What the function itself calls an error: a JSON-RPC error, or a text. */
function failed(error: unknown): InvocationOutcome {
  const { code, message } = isObject(error) ? error : {};
  if (Number.isSafeInteger(code) && typeof message === 'string') {
    return { kind: 'response', value: { jsonrpc: '2.0', error } };
  }
  const text = typeof message === 'string' ? message : typeof error === 'string' ? error : JSON.stringify(error);
  return { kind: 'failed', message: text };
}

const NEWLINE = 0x0a;

/** Puts the pieces of a stream together to lines. */
export class StreamLines {
  private rest: Uint8Array[] = [];
  /** Bytes of the line that has no end yet. */
  unfinished = 0;

  /** The lines that a piece completes, without their ends. */
  *take(piece: Uint8Array): Generator<string> {
    let from = 0;
    for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, from)) {
      this.add(piece.subarray(from, at));
      from = at + 1;
      yield this.flush();
    }
    this.add(piece.subarray(from));
  }

  /** What came after the last end of a line. */
  flush(): string {
    const line = Buffer.concat(this.rest).toString('utf8');
    this.rest = [];
    this.unfinished = 0;
    return line;
  }

  private add(part: Uint8Array): void {
    if (part.length === 0) return;
    this.rest.push(part);
    this.unfinished += part.length;
  }
}

/** What one line of a streaming function says. */
export type StreamMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'log'; readonly message: LogMessage }
  | { readonly kind: 'content'; readonly content: readonly ContentBlock[] }
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  /** It has the form of such a line, and what it holds does not fit. */
  | { readonly kind: 'invalid'; readonly problem: string };

const KEYS = ['progress', 'log', 'content', 'result', 'error'] as const;

/** How a line begins that is meant to be one of these, however long it is. */
export const LINE_START = new RegExp(String.raw`^\s*\{\s*"(${KEYS.join('|')})"\s*:`);

/** Reads a line; undefined for one that is no JSON object whose one key is that of a stream message. */
export function readMessage(line: string): StreamMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const [key, ...more] = Object.keys(value);
  const kind = KEYS.find((each) => each === key);
  if (!kind || more.length > 0) return undefined;
  const held = value[kind];
  switch (kind) {
    case 'progress':
      return readProgress(held);
    case 'log':
      return readLog(held);
    case 'content':
      return readContent(held);
    case 'result':
      return { kind, value: held };
    case 'error':
      return { kind, error: held };
  }
}

function readProgress(held: unknown): StreamMessage {
  const { progress, total, message } = isObject(held) ? held : {};
  const fits =
    typeof progress === 'number' && isOptional(total, 'number') && isOptional(message, 'string') && isObject(held);
  if (!fits) return invalid('progress is not { "progress": number, "total"?: number, "message"?: string }');
  return { kind: 'progress', progress: { progress, ...present({ total, message }) } as Progress };
}

function readLog(held: unknown): StreamMessage {
  const { level, logger, data } = isObject(held) ? held : {};
  const fits = LOG_LEVELS.includes(level as string) && isOptional(logger, 'string') && data !== undefined;
  if (!fits)
    return invalid(`log is not { "level", "logger"?: string, "data" } with a level of ${LOG_LEVELS.join(', ')}`);
  return { kind: 'log', message: { level, ...present({ logger }), data } as LogMessage };
}

function readContent(held: unknown): StreamMessage {
  if (!Array.isArray(held)) return invalid('content is not an array');
  const content: ContentBlock[] = [];
  for (const [index, item] of held.entries()) {
    const parsed = specTypeSchemas.ContentBlock['~standard'].validate(item);
    if (!('value' in parsed)) return invalid(`content/${index} is not valid MCP content`);
    content.push(parsed.value as ContentBlock);
  }
  return { kind: 'content', content };
}

const invalid = (problem: string): StreamMessage => ({ kind: 'invalid', problem });

function isOptional(value: unknown, type: 'number' | 'string'): boolean {
  return value === undefined || typeof value === type;
}

function present(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
