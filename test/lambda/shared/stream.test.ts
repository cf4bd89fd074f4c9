import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StreamedResponse, streaming } from '../../../lambda/shared/stream.js';
import { proxyEvent } from './events.js';

/** Processes each chunk after a delay. */
class SlowStream extends Writable {
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
  const from = (stream: SlowStream, head: object) => Object.assign(stream, { head });
  Object.assign(globalThis, {
    awslambda: { streamifyResponse: (handler: unknown) => handler, HttpResponseStream: { from } },
  });
});
afterEach(() => {
  delete (globalThis as { awslambda?: unknown }).awslambda;
});

async function respond(stream: SlowStream, handle: (response: StreamedResponse) => Promise<void>) {
  const handler = streaming((_, response) => handle(response));
  await handler(proxyEvent(), stream as never, {} as never);
  return stream;
}

test('sends status and headers before the body', async () => {
  const stream = await respond(new SlowStream(), async (response) => {
    response.begin({ statusCode: 200, headers: { 'content-type': 'text/event-stream' } });
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(stream.head).toEqual({ statusCode: 200, headers: { 'content-type': 'text/event-stream' } });
  expect(stream.chunks).toEqual(['']);
});

test('sends a complete response, with a decoded body and header values as text', async () => {
  const body = Buffer.from('grüße').toString('base64');
  const stream = await respond(new SlowStream(), (response) =>
    response.send({ statusCode: 503, headers: { 'retry-after': 5 }, body, isBase64Encoded: true }),
  );
  expect(stream.head).toEqual({ statusCode: 503, headers: { 'retry-after': '5' } });
  expect(stream.chunks.join('')).toBe('grüße');
  expect(stream.writableFinished).toBe(true);
});

test('waits for a slow reader, and removes its event handlers', async () => {
  const stream = new SlowStream();
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

test('ignores writes after the end and to a broken stream', async () => {
  const stream = await respond(new SlowStream(), async (response) => {
    const body = response.begin({ statusCode: 200 });
    await body.end();
    await body.write('late');
    await body.end();
  });
  expect(stream.chunks.join('')).toBe('');
  const broken = new SlowStream();
  await respond(broken, async (response) => {
    const body = response.begin({ statusCode: 200 });
    broken.destroy(new Error('reset'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await body.write('x');
    await body.end();
  });
});

test('throws outside of Lambda', () => {
  delete (globalThis as { awslambda?: unknown }).awslambda;
  expect(() => streaming(async () => undefined)).toThrow(/streams its response/);
});
