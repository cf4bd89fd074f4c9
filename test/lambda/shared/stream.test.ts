import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StreamedResponse, streaming } from '../../../lambda/shared/stream.js';
import { proxyEvent } from './events.js';

/** Takes chunks as slowly as the test lets it. */
class Slow extends Writable {
  readonly chunks: string[] = [];
  head?: object;
  delayMs = 0;

  constructor() {
    super({ highWaterMark: 8 });
  }

  override _write(chunk: Buffer, _: string, done: (error?: Error) => void) {
    setTimeout(() => {
      this.chunks.push(chunk.toString());
      done();
    }, this.delayMs);
  }
}

beforeEach(() => {
  const from = (stream: Slow, head: object) => Object.assign(stream, { head });
  Object.assign(globalThis, {
    awslambda: { streamifyResponse: (handler: unknown) => handler, HttpResponseStream: { from } },
  });
});
afterEach(() => {
  delete (globalThis as { awslambda?: unknown }).awslambda;
});

async function respond(stream: Slow, handle: (response: StreamedResponse) => Promise<void>) {
  const handler = streaming((_, response) => handle(response));
  await handler(proxyEvent(), stream as never, {} as never);
  return stream;
}

test('status and headers leave with the first write, before any of the body', async () => {
  const stream = await respond(new Slow(), async (response) => {
    response.begin({ statusCode: 200, headers: { 'content-type': 'text/event-stream' } });
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(stream.head).toEqual({ statusCode: 200, headers: { 'content-type': 'text/event-stream' } });
  expect(stream.chunks).toEqual(['']);
});

test('sends a whole response, base64 decoded, header values as text', async () => {
  const body = Buffer.from('grüße').toString('base64');
  const stream = await respond(new Slow(), (response) =>
    response.send({ statusCode: 503, headers: { 'retry-after': 5 }, body, isBase64Encoded: true }),
  );
  expect(stream.head).toEqual({ statusCode: 503, headers: { 'retry-after': '5' } });
  expect(stream.chunks.join('')).toBe('grüße');
  expect(stream.writableFinished).toBe(true);
});

test('a write waits for a slow reader, and leaves no listener behind', async () => {
  const stream = new Slow();
  stream.delayMs = 5;
  await respond(stream, async (response) => {
    const body = response.begin({ statusCode: 200 });
    for (let n = 0; n < 15; n++) {
      await body.write('0123456789');
      expect(stream.writableLength).toBe(0);
    }
    expect(stream.listenerCount('close') + stream.listenerCount('drain')).toBe(0);
    await body.end();
  });
  expect(stream.chunks.join('')).toBe('0123456789'.repeat(15));
});

test('writes after the end, and to a stream that broke, are ignored', async () => {
  const stream = await respond(new Slow(), async (response) => {
    const body = response.begin({ statusCode: 200 });
    await body.end();
    await body.write('late');
    await body.end();
  });
  expect(stream.chunks.join('')).toBe('');
  const broken = new Slow();
  await respond(broken, async (response) => {
    const body = response.begin({ statusCode: 200 });
    broken.destroy(new Error('reset'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await body.write('x');
    await body.end();
  });
});

test('elsewhere than on Lambda it says so', () => {
  delete (globalThis as { awslambda?: unknown }).awslambda;
  expect(() => streaming(async () => undefined)).toThrow(/streams its response/);
});
