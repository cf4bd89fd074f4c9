import type { LogLine } from '../lambda/log-lines.js';

/** Number of lines that are kept. */
const MAX_LINES = 20_000;

/** A log line with the time at which the runner received it. */
export interface StoredLine {
  /** The number of lines that the store received before. */
  readonly index: number;
  readonly functionName: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly text: string;
}

/** The newest log lines of all functions. */
export class LogStore {
  private lines: StoredLine[] = [];
  private received = 0;

  add({ functionName, text }: LogLine, timestamp = Date.now()): void {
    this.lines.push({ index: this.received++, functionName, text, timestamp });
    if (this.lines.length > 2 * MAX_LINES) this.lines = this.lines.slice(-MAX_LINES);
  }

  /** The lines in the order of their arrival. */
  get all(): readonly StoredLine[] {
    return this.lines;
  }
}
