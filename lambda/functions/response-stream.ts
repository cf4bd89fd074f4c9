import { type ContentBlock, specTypeSchemas } from '@modelcontextprotocol/server';
import { parseExternal, plainTwin, simplestNumber } from '../shared/exact-json.js';
import { plainContent } from '../shared/exact-message.js';
import { isObject } from '../shared/json.js';
import { JsonTooDeep } from '../shared/json-depth.js';
import { type ClientChannel, LOG_LEVELS, type LogMessage, type Progress } from './client-channel.js';
import { readHttpStream } from './http-stream.js';
import type { InvocationOutcome } from './outcome.js';

/** Longest line, in bytes. */
const MAX_LINE_BYTES = 1_048_576;
const NEWLINE = 0x0a;
const MESSAGE_KEYS = ['progress', 'log', 'content', 'result', 'error'] as const;
/** Matches the beginning of a message line, however long the line is. */
const MESSAGE_START = new RegExp(String.raw`^\s*\{\s*"(${MESSAGE_KEYS.join('|')})"\s*:`);

/**
 * Reads a response stream as it arrives. The first line that is not empty determines its format: a message makes it a stream of
 * messages, one per line; anything else makes the whole stream one value, which is a proxy response or a text.
 */
export class ResponseStream {
  private readonly lines = new LineSplitter();
  private mode: 'undecided' | 'messages' | 'value' = 'undecided';
  /** The whole stream, unless it is known to consist of messages. */
  private bytes: Uint8Array[] = [];
  private readonly content: ContentBlock[] = [];
  private final?: Extract<StreamMessage, { kind: 'result' | 'error' }>;
  private resultBytes = 0;
  private lineNumber = 0;
  private failure?: InvocationOutcome;

  /**
   * @param channel receives progress and log messages
   * @param maxBytes limit for content, result or value; progress and log messages do not count
   */
  constructor(
    private readonly channel: ClientChannel,
    private readonly maxBytes: number,
  ) {}

  /** Processes a chunk of the stream. Returns false if the stream has failed: the caller can stop reading. */
  async write(chunk: Uint8Array): Promise<boolean> {
    if (this.mode !== 'messages') this.bytes.push(chunk);
    if (this.isValue()) this.countBytes(chunk.length);
    else await this.processLines(chunk);
    return this.failure === undefined;
  }

  /**
   * Ends the stream and returns its outcome.
   *
   * @param invocationFailure how the invocation failed, if it did
   */
  async end(invocationFailure?: InvocationOutcome): Promise<InvocationOutcome> {
    if (this.failure) return this.failure;
    if (invocationFailure) return invocationFailure;
    if (!this.isValue() && this.lines.pendingBytes > 0) await this.processLine(this.lines.flush());
    if (this.failure) return this.failure;
    if (this.isValue()) {
      const bytes = Buffer.concat(this.bytes);
      return { kind: 'response', value: readHttpStream(bytes) ?? bytes.toString('utf8') };
    }
    if (this.final?.kind === 'error') return errorOutcome(this.final.error);
    return { kind: 'response', value: this.final?.value ?? null, content: this.content };
  }

  private async processLines(chunk: Uint8Array): Promise<void> {
    for (const line of this.lines.split(chunk)) {
      await this.processLine(line);
      if (this.failure || this.isValue()) return;
    }
    if (this.lines.pendingBytes > MAX_LINE_BYTES) await this.processLine(this.lines.flush());
  }

  private async processLine(line: string): Promise<void> {
    this.lineNumber += 1;
    if (line.trim() === '') return;
    const tooLong = Buffer.byteLength(line) > MAX_LINE_BYTES;
    const message = tooLong ? undefined : readMessage(line);
    if (this.mode === 'undecided') {
      if (!message && !(tooLong && MESSAGE_START.test(line))) return this.readAsValue();
      this.mode = 'messages';
      this.bytes = [];
    }
    if (tooLong) return this.fail(`is longer than ${MAX_LINE_BYTES} bytes`);
    if (!message) return this.fail(`is not a JSON object with exactly one of the keys ${MESSAGE_KEYS.join(', ')}`);
    if (this.final) return this.fail('follows a result or error, which must be the last line');
    await this.processMessage(message, line.length);
  }

  private async processMessage(message: StreamMessage, size: number): Promise<void> {
    switch (message.kind) {
      case 'progress':
        return this.channel.progress(message.progress);
      case 'log':
        return this.channel.log(message.message);
      case 'content':
        for (const item of message.content) this.content.push(item);
        return this.countBytes(size);
      case 'invalid':
        return this.fail(`is invalid: ${message.problem}`);
      default:
        this.final = message;
        return this.countBytes(size);
    }
  }

  private isValue(): boolean {
    return this.mode === 'value';
  }

  private readAsValue(): void {
    this.mode = 'value';
    this.countBytes(this.bytes.reduce((total, { length }) => total + length, 0));
  }

  private countBytes(bytes: number): void {
    this.resultBytes += bytes;
    if (this.resultBytes > this.maxBytes) this.failure = { kind: 'tooLarge', what: 'stream', bytes: this.maxBytes };
  }

  private fail(problem: string): void {
    this.failure = { kind: 'failed', message: `line ${this.lineNumber} of the response stream ${problem}` };
  }
}

/** Returns the outcome for an `error` message: a JSON-RPC error is a response, anything else a failure with a text. */
function errorOutcome(error: unknown): InvocationOutcome {
  const { code, message } = isObject(error) ? error : {};
  if (Number.isSafeInteger(plainTwin(code)) && typeof message === 'string') {
    return { kind: 'response', value: { jsonrpc: '2.0', error } };
  }
  const text = typeof message === 'string' ? message : typeof error === 'string' ? error : JSON.stringify(error);
  return { kind: 'failed', message: text };
}

/** A line of a response stream. */
type StreamMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'log'; readonly message: LogMessage }
  | { readonly kind: 'content'; readonly content: readonly ContentBlock[] }
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  /** The key is that of a message, the value is invalid. */
  | { readonly kind: 'invalid'; readonly problem: string };

/** Parses a line; undefined unless it is a JSON object with exactly one key, that of a message. */
function readMessage(line: string): StreamMessage | undefined {
  let parsed: unknown;
  try {
    parsed = parseExternal(line);
  } catch (error) {
    return error instanceof JsonTooDeep && MESSAGE_START.test(line)
      ? invalid(`the message ${error.message}`)
      : undefined;
  }
  if (!isObject(parsed)) return undefined;
  const [key, ...otherKeys] = Object.keys(parsed);
  const kind = MESSAGE_KEYS.find((each) => each === key);
  if (!kind || otherKeys.length > 0) return undefined;
  const value = parsed[kind];
  switch (kind) {
    case 'progress':
      return readProgress(value);
    case 'log':
      return readLog(value);
    case 'content':
      return readContent(value);
    case 'result':
      return { kind, value };
    case 'error':
      return { kind, error: value };
  }
}

function readProgress(value: unknown): StreamMessage {
  const { progress, total, message } = isObject(value) ? value : {};
  const isNumber = (each: unknown) => typeof plainTwin(each) === 'number';
  const valid = isNumber(progress) && (total === undefined || isNumber(total)) && isOptionalString(message);
  if (!valid) return invalid('progress must be { "progress": number, "total"?: number, "message"?: string }');
  const numbers = { progress: simplestNumber(progress), ...defined({ total: simplestNumber(total) }) };
  return { kind: 'progress', progress: { ...numbers, ...defined({ message }) } as Progress };
}

function readLog(value: unknown): StreamMessage {
  const { level, logger, data } = isObject(value) ? value : {};
  const valid = LOG_LEVELS.includes(level as string) && isOptionalString(logger) && data !== undefined;
  if (!valid) {
    return invalid(`log must be { "level", "logger"?: string, "data" }, its level one of ${LOG_LEVELS.join(', ')}`);
  }
  return { kind: 'log', message: { level, ...defined({ logger }), data } as LogMessage };
}

function readContent(value: unknown): StreamMessage {
  if (!Array.isArray(value)) return invalid('content must be an array');
  const content: ContentBlock[] = [];
  for (const [index, item] of value.entries()) {
    const parsed = specTypeSchemas.ContentBlock['~standard'].validate(plainContent(item));
    if (!('value' in parsed)) return invalid(`content/${index} is not valid MCP content`);
    content.push(parsed.value as ContentBlock);
  }
  return { kind: 'content', content };
}

const invalid = (problem: string): StreamMessage => ({ kind: 'invalid', problem });

function isOptionalString(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** Splits chunks into lines. */
class LineSplitter {
  private pending: Uint8Array[] = [];
  /** Bytes since the last line break. */
  pendingBytes = 0;

  /** Yields the lines that a chunk completes, without their line breaks. */
  *split(chunk: Uint8Array): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.append(chunk.subarray(start, end));
      start = end + 1;
      yield this.flush();
    }
    this.append(chunk.subarray(start));
  }

  /** Returns the text since the last line break. */
  flush(): string {
    const line = Buffer.concat(this.pending).toString('utf8');
    this.pending = [];
    this.pendingBytes = 0;
    return line;
  }

  private append(part: Uint8Array): void {
    if (part.length === 0) return;
    this.pending.push(part);
    this.pendingBytes += part.length;
  }
}
