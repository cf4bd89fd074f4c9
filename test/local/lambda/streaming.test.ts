import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, InvokeWithResponseStreamCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLambda, type TestLambda } from './support.js';

/** A streaming handler around a body that knows `event`, `stream` and `sleep`. */
const streaming = (body: string) => `
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  export const handler = awslambda.streamifyResponse(async (event, stream, context) => { ${body} });`;

describe.each(['shared', 'lambda'] as const)('InvokeWithResponseStream with isolation %s', (isolation) => {
  let lambda: TestLambda;
  beforeAll(async () => {
    lambda = await startLambda(isolation);
  });
  afterAll(() => lambda.stop());

  async function* stream(FunctionName: string, event: unknown = {}) {
    const command = new InvokeWithResponseStreamCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) });
    const answer = await lambda.client.send(command);
    for await (const { PayloadChunk, InvokeComplete } of answer.EventStream!) {
      if (PayloadChunk) yield Buffer.from(PayloadChunk.Payload!).toString('utf8');
      if (InvokeComplete) yield InvokeComplete;
    }
  }
  const all = async (name: string, event?: unknown) => {
    const chunks = [];
    for await (const chunk of stream(name, event)) chunks.push(chunk);
    return { text: chunks.slice(0, -1).join(''), complete: chunks.at(-1) };
  };

  it('forwards each chunk as it is written', async () => {
    // each further chunk is written only when the caller has seen the last one
    lambda.define(
      'chunks',
      streaming(`
        const { existsSync } = await import('node:fs');
        stream.write('first');
        while (!existsSync(event.flag)) await sleep(10);
        stream.write('second');
        stream.end();`),
    );
    const flag = join(mkdtempSync(join(tmpdir(), 'flag-')), 'seen');
    const seen: unknown[] = [];
    for await (const chunk of stream('chunks', { flag })) {
      seen.push(chunk);
      if (chunk === 'first') writeFileSync(flag, '');
    }
    expect(seen).toEqual(['first', 'second', {}]);
  });

  it('streams many at a time', async () => {
    lambda.define(
      'ticks',
      streaming(`for (let i = 0; i < 3; i++) { stream.write(event.n + ''); await sleep(30); } stream.end();`),
    );
    const answers = await Promise.all([1, 2, 3, 4].map((n) => all('ticks', { n })));
    expect(answers.map(({ text }) => text)).toEqual(['111', '222', '333', '444']);
  });

  it('says at the end that the handler threw in the middle', async () => {
    lambda.define('breaks', streaming(`stream.write('half'); await sleep(20); throw new RangeError('out of paper');`));
    const { text, complete } = await all('breaks');
    expect(text).toBe('half');
    expect(complete).toMatchObject({ ErrorCode: 'Unhandled' });
    expect(JSON.parse((complete as { ErrorDetails: string }).ErrorDetails)).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'out of paper',
    });
  });

  it('says at the end that the process died or ran out of time', async () => {
    lambda.define('dies', streaming(`stream.write('half'); await sleep(50); process.exit(1);`));
    const died = await all('dies');
    expect(died.text).toBe('half');
    expect((died.complete as { ErrorDetails: string }).ErrorDetails).toContain('Runtime.ExitError');
    lambda.define('hangs', streaming(`stream.write('half'); await sleep(60_000);`), { timeoutSeconds: 1 });
    const hung = await all('hangs');
    expect(hung.text).toBe('half');
    expect((hung.complete as { ErrorDetails: string }).ErrorDetails).toContain('Task timed out after 1.00 seconds');
  });

  it('reports a failure before the first byte without a chunk', async () => {
    lambda.define('fails', 'export const handler = async () => { throw new Error("early"); };');
    const { text, complete } = await all('fails');
    expect(text).toBe('');
    expect(complete).toMatchObject({ ErrorCode: 'Unhandled', ErrorDetails: expect.stringContaining('early') });
  });

  it('carries 20 MB through a slow reader, which a buffered function could not', async () => {
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

  it('serves buffered handlers too, and streaming handlers through Invoke', async () => {
    lambda.define('buffered', 'export const handler = async () => ({ a: 1 });');
    expect(await all('buffered')).toEqual({ text: '{"a":1}', complete: {} });
    lambda.define('streamed', streaming(`stream.write('{"b":'); await sleep(20); stream.write('2}'); stream.end();`));
    const { Payload } = await lambda.client.send(new InvokeCommand({ FunctionName: 'streamed' }));
    expect(Buffer.from(Payload!).toString()).toBe('{"b":2}');
  });

  it('runs on when the caller goes away', async () => {
    lambda.define(
      'stays',
      streaming(`
        for (let i = 0; i < 20; i++) { stream.write('x'.repeat(100_000)); await sleep(10); }
        console.log('finished');
        stream.end();`),
    );
    for await (const chunk of stream('stays')) if (chunk) break;
    await expect.poll(() => lambda.logs.map(({ text }) => text), { timeout: 5000 }).toContain('finished');
  });
});
