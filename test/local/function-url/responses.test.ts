import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { send } from '../apigateway/support.js';
import { startTestUrl } from './support.js';

/** A handler that returns an expression of `event`. */
const returning = (expression: string) => `export const handler = async (event) => ${expression};`;

/** A streaming handler around a body that can use `event`, `raw` and `from`. */
const streaming = (body: string) => `
  import { existsSync, writeFileSync } from 'node:fs';
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  export const handler = awslambda.streamifyResponse(async (event, raw) => {
    const from = (meta) => awslambda.HttpResponseStream.from(raw, meta);
    const flag = event.queryStringParameters?.flag;
    ${body}
  });`;

const newFlag = () => join(mkdtempSync(join(tmpdir(), 'flag-')), 'flag');

describe('a buffered response', () => {
  it('has status, headers, cookies and body', async () => {
    const response = `{ statusCode: 201, headers: { 'x-own': 'yes', 'content-type': 'text/plain' }, cookies: ['a=1', 'b=2'],
      body: 'aGk=', isBase64Encoded: true, multiValueHeaders: { 'x-many': ['1'] } }`;
    await using url = await startTestUrl(returning(`(${response})`));
    const { status, headers, text } = await send(url.server.url);
    expect({ status, text }).toEqual({ status: 201, text: 'hi' });
    expect(headers).toMatchObject({ 'x-own': 'yes', 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] });
    expect(headers).not.toHaveProperty('x-many');
    expect(headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    [`'hello'`, 'hello'],
    [`({ message: 'hello' })`, '{"message":"hello"}'],
    [`[1, 2]`, '[1,2]'],
  ])('is inferred from %s', async (value, text) => {
    await using url = await startTestUrl(returning(value));
    const response = await send(url.server.url);
    expect(response).toMatchObject({ status: 200, text });
    expect(response.headers['content-type']).toBe('application/json');
  });

  it('renames headers as AWS does', async () => {
    const headers = `{ 'WWW-Authenticate': 'Bearer', Date: 'then', Server: 'mine', Connection: 'close', 'Transfer-Encoding': 'x' }`;
    await using url = await startTestUrl(returning(`({ statusCode: 401, headers: ${headers}, body: '' })`));
    const response = await send(url.server.url);
    expect(response.status).toBe(401);
    expect(response.headers).toMatchObject({
      'x-amzn-remapped-www-authenticate': 'Bearer',
      'x-amzn-remapped-date': 'then',
      'x-amzn-remapped-server': 'mine',
      'x-amzn-remapped-connection': 'close',
    });
    expect(response.headers).not.toHaveProperty('www-authenticate');
    expect(response.headers.date).not.toBe('then');
  });

  it.each([
    [
      'that throws',
      returning(`{ throw new Error('broken') }`).replace('=> {', '=> {'),
      /the function failed: .*broken/,
    ],
    ['with a wrong status', returning('({ statusCode: 99 })'), /statusCode must be an integer/],
  ])('is 502 for a function %s', async (_, code, reason) => {
    await using url = await startTestUrl(code);
    const { status, text } = await send(url.server.url);
    expect({ status, text }).toEqual({ status: 502, text: 'Internal Server Error' });
    expect(url.logs).toEqual([expect.stringMatching(reason)]);
  });

  it('is 502 for a function that runs out of time', async () => {
    const code = 'export const handler = () => new Promise((resolve) => setTimeout(resolve, 60000));';
    await using url = await startTestUrl(code, {}, {}, { timeoutSeconds: 1 });
    expect(await send(url.server.url)).toMatchObject({ status: 502, text: 'Internal Server Error' });
    expect(url.logs[0]).toMatch(/timed out after 1/);
  });

  it('is 413 for a request over 6 MB, and 502 for a response over 6 MB', async () => {
    await using url = await startTestUrl(
      returning(`({ statusCode: 200, body: 'x'.repeat(Number(event.rawQueryString)) })`),
    );
    const large = await send(url.server.url, { method: 'POST', body: 'x'.repeat(6_291_457) });
    expect(large).toMatchObject({ status: 413, json: { Message: expect.stringContaining('6291456 bytes') } });
    expect((await send(`${url.server.url}?1000`)).status).toBe(200);
    expect((await send(`${url.server.url}?6300000`)).status).toBe(502);
  });

  it('is 429 over the reserved concurrency', async () => {
    await using url = await startTestUrl(returning('0'), {}, {}, { reservedConcurrency: 0 });
    expect(await send(url.server.url)).toMatchObject({
      status: 429,
      json: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded', Type: 'User', message: 'Rate Exceeded.' },
    });
  });
});

describe('a streamed response', () => {
  const STREAM = { invokeMode: 'RESPONSE_STREAM' } as const;

  it('arrives as the function writes it', async () => {
    const code =
      streaming(`const out = from({ statusCode: 202, headers: { 'content-type': 'text/event-stream' }, cookies: ['a=1'] });
      out.write('first'); while (!existsSync(flag)) await sleep(10); out.write('second'); out.end();`);
    await using url = await startTestUrl(code, STREAM);
    const flag = newFlag();
    const response = await fetch(`${url.server.url}?flag=${flag}`);
    expect(response.status).toBe(202);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.getSetCookie()).toEqual(['a=1']);
    const reader = response.body!.getReader();
    const read = async () => Buffer.from((await reader.read()).value ?? []).toString();
    expect(await read()).toBe('first');
    writeFileSync(flag, '');
    expect(await read()).toBe('second');
    expect((await reader.read()).done).toBe(true);
  });

  it('has status 200 without metadata', async () => {
    await using plain = await startTestUrl(streaming(`raw.write('plain'); raw.end();`), STREAM);
    expect(await send(plain.server.url)).toMatchObject({
      status: 200,
      text: 'plain',
      headers: { 'content-type': 'application/octet-stream' },
    });
    await using buffered = await startTestUrl(returning(`({ statusCode: 201, body: 'x' })`), STREAM);
    expect(await send(buffered.server.url)).toMatchObject({ status: 200, text: '{"statusCode":201,"body":"x"}' });
  });

  it('is 502 if the function fails before it, and breaks off if it fails later', async () => {
    await using early = await startTestUrl(streaming(`throw new Error('early');`), STREAM);
    expect(await send(early.server.url)).toMatchObject({ status: 502, text: 'Internal Server Error' });
    await using late = await startTestUrl(
      streaming(`const out = from({ statusCode: 200 }); out.write('half'); await sleep(50); throw new Error('late');`),
      STREAM,
    );
    const response = await fetch(late.server.url);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(late.logs[0]).toMatch(/the function failed in the middle of its response/);
  });

  it('goes on in the function when the client disconnects', async () => {
    const code = streaming(`const out = from({ statusCode: 200 }); out.write('1');
      while (!existsSync(flag)) await sleep(10); out.write('2'); out.end(); writeFileSync(flag + '.done', '');`);
    await using url = await startTestUrl(code, STREAM);
    const flag = newFlag();
    const req = request(`${url.server.url}?flag=${flag}`).end();
    const [res] = await once(req, 'response');
    await once(res, 'data');
    req.destroy();
    writeFileSync(flag, '');
    await expect.poll(() => existsSync(`${flag}.done`)).toBe(true);
  });
});

describe('the cross-origin configuration', () => {
  const cors = {
    AllowOrigins: ['https://app.example.com', 'https://*.example.org'],
    AllowMethods: ['GET', 'POST'],
    AllowHeaders: ['authorization'],
    ExposeHeaders: ['mcp-session-id'],
    AllowCredentials: true,
    MaxAge: 600,
  };
  const preflight = (origin: string) => ({
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  });

  it('answers preflight requests before authorization, without the function', async () => {
    await using url = await startTestUrl(
      returning(`{ throw new Error('invoked') }`),
      { cors, authType: 'AWS_IAM' },
      { enforceAuth: true },
    );
    const response = await send(url.server.url, preflight('https://app.example.com'));
    expect(response).toMatchObject({ status: 200, text: '' });
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'authorization',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
    expect((await send(url.server.url, preflight('https://a.example.org'))).headers).toHaveProperty(
      'access-control-allow-origin',
    );
    const other = await send(url.server.url, preflight('https://example.net'));
    expect(other.status).toBe(200);
    expect(other.headers).not.toHaveProperty('access-control-allow-origin');
    expect(url.logs).toEqual([]);
  });

  it('adds headers to responses and errors, also if the function sets them', async () => {
    const code = returning(
      `({ statusCode: 200, headers: event.headers['x-own'] && { 'access-control-allow-origin': 'mine' } })`,
    );
    await using url = await startTestUrl(code, { cors });
    const origin = 'https://app.example.com';
    expect((await send(url.server.url, { headers: { origin } })).headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'mcp-session-id',
    });
    const both = await send(url.server.url, { headers: { origin, 'x-own': '1' } });
    expect(both.headers['access-control-allow-origin']).toBe(`mine, ${origin}`);
    expect((await send(url.server.url)).headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('is absent by default: the function answers', async () => {
    await using url = await startTestUrl(returning('event.requestContext.http.method'));
    expect(await send(url.server.url, preflight('https://app.example.com'))).toMatchObject({ text: 'OPTIONS' });
  });
});
