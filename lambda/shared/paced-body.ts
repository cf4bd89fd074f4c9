import { setTimeout as sleep } from 'node:timers/promises';
import { pause } from './pause.js';
import type { ResponseBody } from './stream.js';

/** Pause between the head, the first chunk and the second chunk, milliseconds. */
const PACE_MS = 40;
/** An event stream comment, which clients ignore. */
const COMMENT = ':\n\n';

/**
 * The body of an event stream, whose head, first chunk and second chunk leave in separate packets. Lambda and its front ends are
 * reported to hold a small first chunk until the next one, and a whole stream whose first chunk shares a packet with the head
 * (aws-lambda-nodejs-runtime-interface-client#94 and #102). A comment replaces a missing second chunk. A stream that ends with its first
 * chunk is not delayed.
 */
export class PacedBody implements ResponseBody {
  private readonly waiting: Array<string | Uint8Array> = [];
  private readonly ending = new AbortController();
  private readonly started: Promise<void>;
  private paced = false;
  private firstChunk!: () => void;

  /** @param body the body of a response whose head has just been written */
  constructor(private readonly body: ResponseBody) {
    this.started = this.start();
  }

  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.paced) return this.body.write(chunk);
    if (this.ending.signal.aborted) return;
    this.waiting.push(chunk);
    this.firstChunk();
  }

  async end(): Promise<void> {
    this.ending.abort();
    this.firstChunk();
    await this.started;
    await this.body.end();
  }

  private async start(): Promise<void> {
    const { signal } = this.ending;
    const first = new Promise<void>((resolve) => {
      this.firstChunk = resolve;
    });
    await pause(PACE_MS, signal);
    await first;
    await this.writeNext();
    if (!signal.aborted || this.waiting.length > 0) await this.pauseBeforeSecond();
    while (this.waiting.length > 0) await this.writeNext();
    this.paced = true;
  }

  private async pauseBeforeSecond(): Promise<void> {
    await sleep(PACE_MS); // not cut short by the end: a notification must not arrive in one packet with the result after it
    if (this.waiting.length === 0 && !this.ending.signal.aborted) this.waiting.push(COMMENT);
  }

  private async writeNext(): Promise<void> {
    const chunk = this.waiting.shift();
    if (chunk !== undefined) await this.body.write(chunk).catch(() => undefined); // a later write fails again
  }
}
