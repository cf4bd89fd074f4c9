import type { APIGatewayProxyResult } from 'aws-lambda';
import { expect, test } from 'vitest';
import { deliver } from '../../../lambda/http/response-delivery.js';
import type { ResponseHead, StreamedResponse } from '../../../lambda/shared/stream.js';
import { proxyEvent } from '../shared/events.js';

/** Records the response, chunk by chunk. */
class Recorder implements StreamedResponse {
  head?: ResponseHead;
  readonly chunks: string[] = [];
  ended = false;

  begin(head: ResponseHead) {
    this.head = head;
    return {
      write: async (chunk: string | Uint8Array) => void this.chunks.push(Buffer.from(chunk).toString()),
      end: async () => {
        this.ended = true;
      },
    };
  }

  async send(_: APIGatewayProxyResult): Promise<void> {
    throw new Error('not used');
  }
}

const later = <T>(value: T, milliseconds: number) =>
  new Promise<T>((resolve) => setTimeout(() => resolve(value), milliseconds));
const rpc = { jsonrpc: '2.0', id: 1, result: {} };
const accepting = (accept?: string) => proxyEvent({ headers: accept ? { Accept: accept } : {} });
const both = 'application/json, text/event-stream';

async function delivered(pending: Promise<Response>, accept: string | undefined = both) {
  const recorder = new Recorder();
  const options = { event: accepting(accept), headers: { vary: 'Origin' }, streamAfterMs: 50, keepAliveMs: 40 };
  await deliver(pending, recorder, options);
  expect(recorder.ended).toBe(true);
  return { head: recorder.head!, text: recorder.chunks.join('') };
}

test('sends a fast response unchanged', async () => {
  const { head, text } = await delivered(
    Promise.resolve(Response.json(rpc, { status: 400, headers: { connection: 'keep-alive' } })),
  );
  expect(head).toEqual({ statusCode: 400, headers: { 'content-type': 'application/json', vary: 'Origin' } });
  expect(JSON.parse(text)).toEqual(rpc);
});

test('sends a response without a body', async () => {
  expect(await delivered(Promise.resolve(new Response(null, { status: 202 })))).toMatchObject({
    head: { statusCode: 202 },
    text: '',
  });
});

test('turns a slow response into an event stream with comments before it', async () => {
  const { head, text } = await delivered(later(Response.json(rpc), 200));
  expect(head).toMatchObject({ statusCode: 200, headers: { 'content-type': 'text/event-stream', vary: 'Origin' } });
  expect(text.match(/: keepalive\n\n/g)!.length).toBeGreaterThanOrEqual(3);
  expect(text.endsWith(`event: message\ndata: ${JSON.stringify(rpc)}\n\n`)).toBe(true);
});

test('passes a slow stream on', async () => {
  const stream = new Response('event: message\ndata: {}\n\n', { headers: { 'content-type': 'text/event-stream' } });
  const { text } = await delivered(later(stream, 120));
  expect(text.replaceAll(': keepalive\n\n', '')).toBe('event: message\ndata: {}\n\n');
});

test.each(['*/*', 'application/*, text/*', ''])('sends a stream to a client with Accept: %s', async (accept) => {
  const { head } = await delivered(later(Response.json(rpc), 120), accept);
  expect(head).toMatchObject({ statusCode: 200, headers: { 'content-type': 'text/event-stream' } });
});

test.each(['application/json', '*/*, text/*;q=0'])('delays the JSON for a client with Accept: %s', async (accept) => {
  const recorder = new Recorder();
  await deliver(later(Response.json(rpc), 120), recorder, {
    event: accepting(accept),
    headers: {},
    streamAfterMs: 50,
    keepAliveMs: 40,
  });
  expect(recorder.head).toMatchObject({ headers: { 'content-type': 'application/json' } });
  expect(recorder.chunks.join('')).toBe(JSON.stringify(rpc));
});
