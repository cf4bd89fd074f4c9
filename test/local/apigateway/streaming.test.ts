import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { route, send, startTestApi, type TestApi } from './support.js';

/** Longer than every timeout that the tests advance to, because the function timeout uses the same clock. */
const FUNCTION_TIMEOUT_SECONDS = 900;
const IDLE_TIMEOUT_MS = 60_000;
const INTEGRATION_TIMEOUT_MS = 100_000;

/** A streaming handler around a body that can use `query`, `from`, and `flag()`, which waits until the test creates a flag file. */
const streaming = (body: string) => `
  import { existsSync, writeFileSync } from 'node:fs';
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  export const handler = awslambda.streamifyResponse(async (event, raw) => {
    const query = event.queryStringParameters ?? {};
    const from = (meta) => awslambda.HttpResponseStream.from(raw, meta);
    const flag = async (name = '') => { while (!existsSync(query.flag + name)) await sleep(10); };
    ${body}
  });`;

const FUNCTIONS = {
  steps: `const out = from({ statusCode: 202, headers: { 'content-type': 'text/event-stream', 'x-own': 'yes' }, cookies: ['a=1', 'b=2'] });
    out.write('first'); await flag(); out.write('second'); out.end();`,
  empty: `const out = from({ statusCode: 405, headers: { allow: 'GET' } }); out.write(''); out.end();`,
  silent: `const out = from({ statusCode: 200 }); out.end();`,
  plain: `raw.write('no metadata'); raw.end();`,
  huge: `const out = from({ statusCode: 200, headers: { 'x-large': 'x'.repeat(20000) } }); out.write('x'); out.end();`,
  breaks: `const out = from({ statusCode: 200 }); out.write('half'); await flag(); throw new Error('broken');`,
  waits: `const out = from({ statusCode: 200 }); out.write('1'); await flag('2'); out.write('2'); await flag('3'); out.write('3');
    await flag('end'); out.end();`,
  late: `writeFileSync(query.flag, ''); await flag('end'); const out = from({ statusCode: 200 }); out.write('x'); out.end();`,
  finishes: `const out = from({ statusCode: 200 });
    for (let i = 0; i < 20; i++) { out.write('x'.repeat(200000)); await sleep(10); }
    writeFileSync(query.flag, ''); out.end();`,
  large: `const { once } = await import('node:events'); const out = from({ statusCode: 200 });
    for (let i = 0; i < 20; i++) if (!out.write(Buffer.alloc(1048576, 65 + i))) await once(out, 'drain');
    out.end();`,
  throws: `throw new Error('early');`,
};

describe('STREAM integrations', () => {
  let test: TestApi;
  beforeAll(async () => {
    const names = Object.keys(FUNCTIONS);
    const stream = { transferMode: 'STREAM' as const, timeoutMs: INTEGRATION_TIMEOUT_MS };
    const routes = [
      ...names.map((name) => route(`/${name}`, name, stream)),
      route('/buffered', 'buffered', stream),
      route('/steps-buffered', 'plain'),
    ];
    test = await startTestApi(routes, {}, { idleTimeoutMs: IDLE_TIMEOUT_MS });
    const timeoutSeconds = FUNCTION_TIMEOUT_SECONDS;
    for (const [name, body] of Object.entries(FUNCTIONS)) test.lambda.define(name, streaming(body), { timeoutSeconds });
    test.lambda.define('buffered', 'export const handler = async () => ({ statusCode: 200, body: "x" });');
  });
  afterEach(() => vi.useRealTimers());
  afterAll(() => test.stop());

  const newFlag = () => join(mkdtempSync(join(tmpdir(), 'flag-')), 'flag');
  /** Makes the timeouts of this process expire only when the test advances the clock. */
  const useFakeTimeouts = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  /** Starts a request to `/waits`, and returns functions to read the next chunk and to let the function continue. */
  const startWaiting = async () => {
    const flag = newFlag();
    const response = await fetch(`${test.server.url}/waits?flag=${flag}`);
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    const read = async () => Buffer.from((await reader.read()).value ?? []).toString();
    return { read, proceed: (step: string) => writeFileSync(flag + step, '') };
  };

  it('sends status and headers with the first write, and each chunk when it is written', async () => {
    const flag = newFlag();
    const response = await fetch(`${test.server.url}/steps?flag=${flag}`);
    expect(response.status).toBe(202);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('x-own')).toBe('yes');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    const chunks: string[] = [];
    for await (const chunk of response.body!) {
      chunks.push(Buffer.from(chunk).toString());
      writeFileSync(flag, '');
    }
    expect(chunks).toEqual(['first', 'second']);
  });

  it('sends status and headers without a body', async () => {
    const { status, headers, text } = await send(`${test.server.url}/empty`);
    expect([status, headers.allow, text]).toEqual([405, 'GET', '']);
  });

  it.each([
    ['plain', 'a STREAM integration requires a response of type'],
    ['silent', 'ended before its metadata'],
    ['huge', 'within 16384 bytes'],
    ['buffered', 'a STREAM integration requires a response of type'],
    ['throws', 'early'],
  ])('returns 502 for a response that API Gateway cannot stream: %s', async (name, reason) => {
    const { status, json } = await send(`${test.server.url}/${name}`);
    expect([status, json]).toEqual([502, { message: 'Internal server error' }]);
    expect(test.logs.at(-1)).toContain(reason);
  });

  it('closes the connection when the function fails in the middle of the response', async () => {
    const flag = newFlag();
    const response = await fetch(`${test.server.url}/breaks?flag=${flag}`);
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('half');
    writeFileSync(flag, '');
    await expect(reader.read()).rejects.toThrow();
    await expect.poll(() => test.logs.at(-1)).toMatch(/in the middle of its response: .*broken/);
  });

  it('closes the connection after the idle timeout', async () => {
    useFakeTimeouts();
    const { read, proceed } = await startWaiting();
    expect(await read()).toBe('1');
    vi.advanceTimersByTime(IDLE_TIMEOUT_MS);
    await expect(read()).rejects.toThrow();
    for (const step of ['2', '3', 'end']) proceed(step);
    await expect.poll(() => test.logs.at(-1)).toContain(`did not respond within ${IDLE_TIMEOUT_MS / 1000} s`);
  });

  it('restarts the idle timeout with each chunk, and closes the connection after the integration timeout', async () => {
    useFakeTimeouts();
    const { read, proceed } = await startWaiting();
    expect(await read()).toBe('1');
    vi.advanceTimersByTime(IDLE_TIMEOUT_MS - 1);
    proceed('2');
    expect(await read()).toBe('2');
    vi.advanceTimersByTime(INTEGRATION_TIMEOUT_MS - IDLE_TIMEOUT_MS);
    proceed('3');
    expect(await read()).toBe('3');
    vi.advanceTimersByTime(1);
    await expect(read()).rejects.toThrow();
    proceed('end');
    await expect.poll(() => test.logs.at(-1)).toContain(`did not respond within ${INTEGRATION_TIMEOUT_MS / 1000} s`);
  });

  it('returns 504 when the function does not respond in time', async () => {
    useFakeTimeouts();
    const flag = newFlag();
    const response = send(`${test.server.url}/late?flag=${flag}`);
    await expect.poll(() => existsSync(flag)).toBe(true);
    vi.advanceTimersByTime(IDLE_TIMEOUT_MS);
    const { status, json } = await response;
    expect([status, json]).toEqual([504, { message: 'Endpoint request timed out' }]);
    writeFileSync(`${flag}end`, '');
  });

  it('lets the function finish when the client disconnects', async () => {
    const flag = newFlag();
    const controller = new AbortController();
    const response = await fetch(`${test.server.url}/finishes?flag=${flag}`, { signal: controller.signal });
    await response.body!.getReader().read();
    controller.abort();
    await expect.poll(() => existsSync(flag)).toBe(true);
  });

  it('streams 20 MB', async () => {
    const response = await fetch(`${test.server.url}/large`);
    const text = await response.text();
    expect(text).toHaveLength(20 * 1024 * 1024);
    expect(text.at(-1)).toBe('T');
  });
});
