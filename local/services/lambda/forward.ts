import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

/**
 * Copies a function's response to an HTTP client, at the client's pace while there is one. When the client goes away the rest is read
 * and dropped: the function is not told.
 */
export async function forward(
  source: Readable,
  res: ServerResponse,
  encode: (chunk: Buffer) => Uint8Array = (chunk) => chunk,
): Promise<void> {
  for await (const chunk of source) {
    if (res.destroyed) continue;
    if (!res.write(encode(chunk as Buffer))) await drained(res);
  }
}

/** Resolves when the client has taken what was written, or has gone. */
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
