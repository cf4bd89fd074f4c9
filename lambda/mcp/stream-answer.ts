import type { ContentBlock } from '@modelcontextprotocol/server';
import { isObject } from './answer.js';
import type { Live } from './live.js';
import type { Outcome } from './outcome.js';
import { StreamLines } from './stream-lines.js';
import { LINE_START, readMessage, type StreamMessage } from './stream-message.js';

/** Longest line, bytes. */
export const MAX_LINE_BYTES = 1_048_576;

/**
 * The answer of a streaming function as it comes. Its first line decides: a message makes it a stream of messages, one per line;
 * anything else makes the whole stream one text.
 */
export class StreamAnswer {
  private readonly lines = new StreamLines();
  private mode: 'undecided' | 'messages' | 'text' = 'undecided';
  /** The stream so far, while it may be a text. */
  private text: Uint8Array[] = [];
  private readonly content: ContentBlock[] = [];
  private last?: Extract<StreamMessage, { kind: 'result' | 'error' }>;
  /** Bytes kept for the answer. */
  private kept = 0;
  private count = 0;
  private failure?: Outcome;

  /**
   * @param live where progress and log go
   * @param maxBytes most that is kept for the answer; progress and log are not
   */
  constructor(
    private readonly live: Live,
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
  async end(ended?: Outcome): Promise<Outcome> {
    if (this.failure) return this.failure;
    if (ended) return ended;
    if (this.mode !== 'text' && this.lines.unfinished > 0) await this.line(this.lines.flush());
    if (this.failure) return this.failure;
    if (this.mode === 'text') return { kind: 'answer', value: Buffer.concat(this.text).toString('utf8') };
    if (this.last?.kind === 'error') return failed(this.last.error);
    return { kind: 'answer', value: this.last?.value ?? null, content: this.content };
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
function failed(error: unknown): Outcome {
  const { code, message } = isObject(error) ? error : {};
  if (Number.isSafeInteger(code) && typeof message === 'string') {
    return { kind: 'answer', value: { jsonrpc: '2.0', error } };
  }
  const text = typeof message === 'string' ? message : typeof error === 'string' ? error : JSON.stringify(error);
  return { kind: 'failed', message: text };
}
