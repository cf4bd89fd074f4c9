import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

/**
 * Pipes a function's response to an HTTP client, with backpressure. When the client disconnects, the rest is discarded and the function
 * keeps running.
 */
export async function pipeResponse(
  source: Readable,
  res: ServerResponse,
  encode: (chunk: Buffer) => Uint8Array = (chunk) => chunk,
): Promise<void> {
  for await (const chunk of source) {
    if (res.destroyed) continue;
    if (!res.write(encode(chunk as Buffer))) await drained(res);
  }
}

/** Resolves when the written data has been flushed, or the client has disconnected. */
export function drained(res: ServerResponse): Promise<void> {
  if (res.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.on('drain', done).on('close', done);
  });
}
