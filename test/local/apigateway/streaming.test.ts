import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { route, send, startFront, type TestFront } from './support.js';

const streaming = (body: string) => `
  import { existsSync, writeFileSync } from 'node:fs';
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  export const handler = awslambda.streamifyResponse(async (event, raw) => {
    const query = event.queryStringParameters ?? {};
    const from = (meta) => awslambda.HttpResponseStream.from(raw, meta);
    ${body}
  });`;

const FUNCTIONS = {
  // the second chunk is written when the client has seen the first
  steps: `const out = from({ statusCode: 202, headers: { 'content-type': 'text/event-stream', 'x-own': 'yes' }, cookies: ['a=1', 'b=2'] });
    out.write('first');
    while (!existsSync(query.flag)) await sleep(10);
    out.write('second'); out.end();`,
  empty: `const out = from({ statusCode: 405, headers: { allow: 'GET' } }); out.write(''); out.end();`,
  silent: `const out = from({ statusCode: 200 }); out.end();`,
  plain: `raw.write('no metadata'); raw.end();`,
  huge: `const out = from({ statusCode: 200, headers: { 'x-large': 'x'.repeat(20000) } }); out.write('x'); out.end();`,
  breaks: `const out = from({ statusCode: 200 }); out.write('half'); await sleep(50); throw new Error('broken');`,
  quiet: `const out = from({ statusCode: 200 }); out.write('half'); await sleep(3000); out.end();`,
  late: `await sleep(3000); const out = from({ statusCode: 200 }); out.write('x'); out.end();`,
  chatty: `const out = from({ statusCode: 200 });
    for (let i = 0; i < 12; i++) { out.write('.'); await sleep(50); } out.end();`,
  finishes: `const out = from({ statusCode: 200 });
    for (let i = 0; i < 20; i++) { out.write('x'.repeat(200000)); await sleep(10); }
    writeFileSync(query.flag, ''); out.end();`,
  large: `const { once } = await import('node:events'); const out = from({ statusCode: 200 });
    for (let i = 0; i < 20; i++) if (!out.write(Buffer.alloc(1048576, 65 + i))) await once(out, 'drain');
    out.end();`,
  throws: `throw new Error('early');`,
};

describe('STREAM integrations', () => {
  let test: TestFront;
  beforeAll(async () => {
    const names = Object.keys(FUNCTIONS);
    const routes = [
      ...names.map((name) => route(`/${name}`, name, { transferMode: 'STREAM', timeoutMs: 10_000 })),
      route('/late-fast', 'late', { transferMode: 'STREAM', timeoutMs: 200 }),
      route('/chatty-short', 'chatty', { transferMode: 'STREAM', timeoutMs: 250 }),
      route('/buffered', 'buffered', { transferMode: 'STREAM' }),
      route('/steps-buffered', 'plain'),
    ];
    test = await startFront(routes, {}, { idleTimeoutMs: 400 });
    for (const [name, body] of Object.entries(FUNCTIONS)) test.lambda.define(name, streaming(body));
    test.lambda.define('buffered', 'export const handler = async () => ({ statusCode: 200, body: "x" });');
  });
  afterAll(() => test.stop());

  const newFlag = () => join(mkdtempSync(join(tmpdir(), 'flag-')), 'flag');

  it('sends status and headers with the first write, and each chunk as it comes', async () => {
    const flag = newFlag();
    const response = await fetch(`${test.front.url}/steps?flag=${flag}`);
    expect(response.status).toBe(202);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('x-own')).toBe('yes');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    const seen: string[] = [];
    for await (const chunk of response.body!) {
      seen.push(Buffer.from(chunk).toString());
      writeFileSync(flag, '');
    }
    expect(seen).toEqual(['first', 'second']);
  });

  it('sends a head without a body', async () => {
    const { status, headers, text } = await send(`${test.front.url}/empty`);
    expect([status, headers.allow, text]).toEqual([405, 'GET', '']);
  });

  it.each([
    ['plain', 'a STREAM integration needs a response of type'],
    ['silent', 'ended before its metadata'],
    ['huge', 'within 16384 bytes'],
    ['buffered', 'a STREAM integration needs a response of type'],
    ['throws', 'early'],
  ])('answers 502 when the response is not one that API Gateway can stream: %s', async (name, reason) => {
    const { status, json } = await send(`${test.front.url}/${name}`);
    expect([status, json]).toEqual([502, { message: 'Internal server error' }]);
    expect(test.logs.at(-1)).toContain(reason);
  });

  it('breaks the connection when the function fails in the middle', async () => {
    const response = await fetch(`${test.front.url}/breaks`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    await expect.poll(() => test.logs.at(-1)).toMatch(/in the middle of its response: .*broken/);
  });

  it('breaks the connection after too long a silence, and when the time is up', async () => {
    const quiet = await fetch(`${test.front.url}/quiet`);
    await expect(quiet.text()).rejects.toThrow();
    const chatty = await fetch(`${test.front.url}/chatty`); // 600 ms in all, but never 400 ms of silence
    expect(await chatty.text()).toBe('.'.repeat(12));
    const short = await fetch(`${test.front.url}/chatty-short`);
    await expect(short.text()).rejects.toThrow();
  });

  it('answers 504 when nothing comes in time', async () => {
    const { status, json } = await send(`${test.front.url}/late-fast`);
    expect([status, json]).toEqual([504, { message: 'Endpoint request timed out' }]);
  });

  it('lets the function run on when the client goes away', async () => {
    const flag = newFlag();
    const controller = new AbortController();
    const response = await fetch(`${test.front.url}/finishes?flag=${flag}`, { signal: controller.signal });
    await response.body!.getReader().read();
    controller.abort();
    await expect.poll(() => existsSync(flag), { timeout: 5000 }).toBe(true);
  });

  it('carries 20 MB to a client that reads', async () => {
    const response = await fetch(`${test.front.url}/large`);
    const text = await response.text();
    expect(text).toHaveLength(20 * 1024 * 1024);
    expect(text.at(-1)).toBe('T');
  });
});
