import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, InvokeWithResponseStreamCommand } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startLambda, type TestLambda } from './support.js';

/** A streaming handler around a body that can use `event`, `stream`, `sleep`, and `received()`, which waits until the caller has a chunk. */
const streaming = (body: string) => `
  import { existsSync } from 'node:fs';
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
    const received = async () => { while (!existsSync(event.flag)) await sleep(10); };
    ${body}
  });`;

describe.each(['shared', 'lambda'] as const)('InvokeWithResponseStream with isolation %s', (isolation) => {
  let lambda: TestLambda;
  beforeAll(async () => {
    lambda = await startLambda(isolation);
  });
  afterEach(() => vi.useRealTimers());
  afterAll(() => lambda.stop());

  const newFlag = () => join(mkdtempSync(join(tmpdir(), 'flag-')), 'received');

  async function* stream(FunctionName: string, event: unknown = {}) {
    const command = new InvokeWithResponseStreamCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) });
    const response = await lambda.client.send(command);
    for await (const { PayloadChunk, InvokeComplete } of response.EventStream!) {
      if (PayloadChunk) yield Buffer.from(PayloadChunk.Payload!).toString('utf8');
      if (InvokeComplete) yield InvokeComplete;
    }
  }
  /** Invokes a function; `onChunk` is called after each chunk. */
  const all = async (name: string, event: object = {}, onChunk: () => void = () => {}) => {
    const flag = newFlag();
    const chunks = [];
    for await (const chunk of stream(name, { flag, ...event })) {
      chunks.push(chunk);
      writeFileSync(flag, '');
      onChunk();
    }
    return { text: chunks.slice(0, -1).join(''), complete: chunks.at(-1) };
  };

  it('forwards each chunk when it is written', async () => {
    lambda.define(
      'chunks',
      streaming(`stream.write('first'); await received(); stream.write('second'); stream.end();`),
    );
    const flag = newFlag();
    const chunks: unknown[] = [];
    for await (const chunk of stream('chunks', { flag })) {
      chunks.push(chunk);
      if (chunk === 'first') writeFileSync(flag, '');
    }
    expect(chunks).toEqual(['first', 'second', {}]);
  });

  it('streams concurrent responses', async () => {
    lambda.define(
      'ticks',
      streaming(`for (let i = 0; i < 3; i++) { stream.write(event.n + ''); await sleep(30); } stream.end();`),
    );
    const responses = await Promise.all([1, 2, 3, 4].map((n) => all('ticks', { n })));
    expect(responses.map(({ text }) => text)).toEqual(['111', '222', '333', '444']);
  });

  it('reports an error in the middle of the response in the last event', async () => {
    lambda.define('breaks', streaming(`stream.write('half'); await received(); throw new RangeError('out of paper');`));
    const { text, complete } = await all('breaks');
    expect(text).toBe('half');
    expect(complete).toMatchObject({ ErrorCode: 'Unhandled' });
    expect(JSON.parse((complete as { ErrorDetails: string }).ErrorDetails)).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'out of paper',
    });
  });

  it('reports a crash or timeout in the last event', async () => {
    lambda.define('dies', streaming(`stream.write('half'); await received(); process.exit(1);`));
    const died = await all('dies');
    expect(died.text).toBe('half');
    expect((died.complete as { ErrorDetails: string }).ErrorDetails).toContain('Runtime.ExitError');

    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    lambda.define('hangs', streaming(`stream.write('half'); await sleep(1e9);`), { timeoutSeconds: 60 });
    const timedOut = await all('hangs', {}, () => vi.advanceTimersByTime(60_000));
    expect(timedOut.text).toBe('half');
    expect((timedOut.complete as { ErrorDetails: string }).ErrorDetails).toContain(
      'Task timed out after 60.00 seconds',
    );
  });

  it('reports an error before the first byte without a chunk', async () => {
    lambda.define('fails', 'export const handler = async () => { throw new Error("early"); };');
    const { text, complete } = await all('fails');
    expect(text).toBe('');
    expect(complete).toMatchObject({ ErrorCode: 'Unhandled', ErrorDetails: expect.stringContaining('early') });
  });

  it('streams 20 MB, more than the limit of a buffered response', async () => {
    lambda.define(
      'big',
      streaming(`
        const { once } = await import('node:events');
        for (let i = 0; i < 20; i++) if (!stream.write(Buffer.alloc(1024 * 1024, 65 + i))) await once(stream, 'drain');
        stream.end();`),
    );
    const { text } = await all('big');
    expect(text).toHaveLength(20 * 1024 * 1024);
    expect(text.at(-1)).toBe('T');
  });

  it('invokes buffered handlers, and Invoke invokes streaming handlers', async () => {
    lambda.define('buffered', 'export const handler = async () => ({ a: 1 });');
    expect(await all('buffered')).toEqual({ text: '{"a":1}', complete: {} });
    lambda.define('streamed', streaming(`stream.write('{"b":'); await sleep(20); stream.write('2}'); stream.end();`));
    const { Payload } = await lambda.client.send(new InvokeCommand({ FunctionName: 'streamed' }));
    expect(Buffer.from(Payload!).toString()).toBe('{"b":2}');
  });

  it('lets the function finish when the caller disconnects', async () => {
    lambda.define(
      'stays',
      streaming(`
        for (let i = 0; i < 20; i++) { stream.write('x'.repeat(100_000)); await sleep(10); }
        console.log('finished');
        stream.end();`),
    );
    for await (const chunk of stream('stays')) if (chunk) break;
    await expect.poll(() => lambda.logs.map(({ text }) => text)).toContain('finished');
  });
});
