import type { ResponseBody } from '../shared/stream.js';

/** Size of the pieces of a chunk, bytes. Each piece that the client has made room for shows that it reads. */
const PIECE_BYTES = 65_536;

/** Writes to a session's stream, one chunk after another, and observes whether the client reads. */
export class StreamWriter {
  private last: Promise<void> = Promise.resolve();
  private unwritten = 0;
  private lastProgressAt = 0;

  constructor(private readonly body: ResponseBody) {}

  /** Whether chunks wait for the client to read. */
  get waiting(): boolean {
    return this.unwritten > 0;
  }

  /** Whether chunks wait for a client that is slow, but has read since `since`, epoch milliseconds. */
  isSlow(since: number): boolean {
    return this.waiting && this.lastProgressAt >= since;
  }

  /** Resolves when the chunk is written. */
  write(chunk: string): Promise<void> {
    this.unwritten += 1;
    const written = this.last
      .then(() => this.writePieces(chunk))
      .finally(() => {
        this.unwritten -= 1;
      });
    this.last = written.catch(() => undefined);
    return written;
  }

  /** Ends the stream after the chunks that wait. */
  async end(): Promise<void> {
    await this.last;
    await this.body.end();
  }

  private async writePieces(chunk: string): Promise<void> {
    if (chunk.length <= PIECE_BYTES / 4) return this.writePiece(chunk);
    const bytes = Buffer.from(chunk);
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      await this.writePiece(bytes.subarray(start, start + PIECE_BYTES));
    }
  }

  private async writePiece(piece: string | Uint8Array): Promise<void> {
    await this.body.write(piece);
    this.lastProgressAt = Date.now();
  }
}
