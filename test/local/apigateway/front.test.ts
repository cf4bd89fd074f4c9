import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineFunction } from '../lambda/support.js';
import { ECHO, route, send, startFront, type TestFront } from './support.js';

describe('front', () => {
  let test: TestFront;
  beforeAll(async () => {
    const answer = route('/answer', 'answer');
    test = await startFront(
      [
        route('/echo', 'echo'),
        route('/echo/{id}', 'echo'),
        answer,
        route('/slow', 'slow', { timeoutMs: 300 }),
        route('/absent', 'absent'),
        route('/post', 'echo', { method: 'POST' }),
        route('/once', 'echo', { throttle: { rateLimit: 0.001, burstLimit: 2 } }),
      ],
      { binaryMediaTypes: ['image/*', 'application/octet-stream'] },
    );
    test.lambda.define('echo', ECHO);
    test.lambda.define('answer', 'export const handler = async ({ body }) => JSON.parse(body);');
    test.lambda.define('slow', 'export const handler = () => new Promise(() => {});', { timeoutSeconds: 5 });
  });
  afterAll(() => test.stop());

  const answer = (response: unknown, headers = {}) =>
    send(`${test.front.url}/answer`, { method: 'POST', body: JSON.stringify(response), headers });

  it('makes the event of a REST API', async () => {
    const { json: event, status } = await send(`${test.front.url}/echo/a%20b?x=1&x=2&y=%C3%BC+z`, {
      method: 'PATCH',
      headers: {
        Accept: ['text/html', 'application/json'],
        'X-Thing': 'one',
        'User-Agent': 'test',
        'X-Forwarded-For': '1.2.3.4',
        'x-forwarded-proto': 'https',
        Authorization: 'Bearer abc',
        'content-type': 'application/json',
      },
      body: '{"grüße":1}',
    });
    expect(status).toBe(200);
    const host = `127.0.0.1:${test.front.port}`;
    expect(event).toMatchObject({
      resource: '/echo/{id}',
      path: '/echo/a%20b',
      httpMethod: 'PATCH',
      headers: { 'X-Thing': 'one', Authorization: 'Bearer abc', 'X-Forwarded-Proto': 'http', Host: host },
      multiValueHeaders: { 'X-Thing': ['one'] },
      queryStringParameters: { x: '2', y: 'ü z' },
      multiValueQueryStringParameters: { x: ['1', '2'], y: ['ü z'] },
      pathParameters: { id: 'a b' },
      stageVariables: null,
      body: '{"grüße":1}',
      isBase64Encoded: false,
      requestContext: {
        resourcePath: '/echo/{id}',
        httpMethod: 'PATCH',
        path: '/prod/echo/a%20b',
        stage: 'prod',
        accountId: '123456789012',
        apiId: 'api123',
        domainName: host,
        protocol: 'HTTP/1.1',
        requestId: expect.stringMatching(/^[\w-]{36}$/),
        requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        identity: { sourceIp: '127.0.0.1', userAgent: 'test', userArn: null, accountId: null },
      },
    });
    expect(event.multiValueHeaders.Accept ?? event.multiValueHeaders.accept).toEqual(['text/html', 'application/json']);
    expect(event.multiValueHeaders['X-Forwarded-For']).toEqual(['1.2.3.4, 127.0.0.1']);
    expect(Object.keys(event.headers).filter((name) => /^x-forwarded-proto$/i.test(name))).toHaveLength(1);
    expect(Object.keys(event.headers).map((name) => name.toLowerCase())).not.toContain('connection');
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });

  it('says null for what is not there', async () => {
    const { json: event } = await send(`${test.front.url}/echo`);
    expect(event).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      body: null,
    });
  });

  it('encodes bodies of the binary media types only', async () => {
    const bytes = Buffer.from([0, 255, 10]);
    const image = await send(`${test.front.url}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: bytes,
    });
    expect(image.json).toMatchObject({ isBase64Encoded: true, body: bytes.toString('base64') });
    const text = await send(`${test.front.url}/echo`, { method: 'POST', body: 'plain' });
    expect(text.json).toMatchObject({ isBase64Encoded: false, body: 'plain' });
  });

  it('sends what the function answered', async () => {
    const { status, headers, text } = await answer({
      statusCode: 201,
      headers: { 'X-Number': 7, Location: '/x', 'WWW-Authenticate': 'Bearer', Connection: 'close', 'X-Null': null },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: 'ü',
    });
    expect(status).toBe(201);
    expect(headers).toMatchObject({
      'x-number': '7',
      location: '/x',
      'set-cookie': ['a=1', 'b=2'],
      'content-type': 'application/json',
      'x-amzn-remapped-www-authenticate': 'Bearer',
      'x-amzn-requestid': expect.any(String),
    });
    expect(headers).not.toHaveProperty('www-authenticate');
    expect(text).toBe('ü');
    expect((await answer({ statusCode: '204' })).status).toBe(204);
  });

  it('decodes a base64 answer when the client accepts binary, as API Gateway', async () => {
    const response = { statusCode: 200, isBase64Encoded: true, body: Buffer.from('picture').toString('base64') };
    expect((await answer(response, { accept: 'image/png' })).text).toBe('picture');
    expect((await answer(response, { accept: 'text/html' })).text).toBe(response.body);
  });

  it.each([
    ['no object', '"text"', 'JSON object'],
    ['no status', '{"body":"x"}', 'statusCode'],
    ['a status that is none', '{"statusCode":99}', 'statusCode'],
    ['a body that is no text', '{"statusCode":200,"body":{"a":1}}', 'body must be a string'],
    ['a header that is no text', '{"statusCode":200,"headers":{"a":{}}}', 'header a'],
    ['a header that HTTP has not', '{"statusCode":200,"headers":{"a":"x\\ny"}}', 'Invalid character'],
  ])('answers 502 to %s, and logs why', async (_, response, reason) => {
    const { status, json, headers } = await answer(JSON.parse(response));
    expect(status).toBe(502);
    expect(json).toEqual({ message: 'Internal server error' });
    expect(headers['x-amzn-errortype']).toBe('InternalServerErrorException');
    expect(test.logs.at(-1)).toContain(reason);
    expect(test.logs.at(-1)).toContain('POST /prod/answer');
  });

  it('answers 502 when the function fails, 500 when it cannot be invoked, 504 when it is slow', async () => {
    const failed = await send(`${test.front.url}/answer`, { method: 'POST', body: 'no json' });
    expect([failed.status, failed.json]).toEqual([502, { message: 'Internal server error' }]);
    const absent = await send(`${test.front.url}/absent`);
    expect([absent.status, absent.json]).toEqual([500, { message: 'Internal server error' }]);
    expect(test.logs.at(-1)).toContain('ResourceNotFoundException');
    const slow = await send(`${test.front.url}/slow`);
    expect([slow.status, slow.json]).toEqual([504, { message: 'Endpoint request timed out' }]);
  });

  it('refuses requests over 10 MB and events over 6 MB', async () => {
    const event = await send(`${test.front.url}/echo`, { method: 'POST', body: Buffer.alloc(6_300_000, 'x') });
    expect([event.status, event.json]).toEqual([413, { message: 'Request Too Long' }]);
    const request = await send(`${test.front.url}/echo`, { method: 'POST', body: Buffer.alloc(10_485_761, 'x') });
    expect([request.status, request.json]).toEqual([413, { message: 'HTTP content length exceeded 10485760 bytes.' }]);
  });

  it('lists its URLs at / and says the right one for a wrong path', async () => {
    const origin = `http://127.0.0.1:${test.front.port}`;
    const { text, status } = await send(`${origin}/`);
    expect(status).toBe(200);
    expect(text).toContain(`ANY     ${origin}/prod/echo/{id}\n`);
    expect(text).toContain(`POST    ${origin}/prod/post\n`);

    const wrong = await send(`${test.front.url}/nothing`);
    expect([wrong.status, wrong.json.message]).toEqual([403, 'Missing Authentication Token']);
    expect(wrong.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
    expect(wrong.json.hint).toContain(`${origin}/prod/echo`);

    const stage = await send(`${origin}/echo`);
    expect([stage.status, stage.json]).toEqual([403, { message: 'Forbidden', hint: `the URL is ${origin}/prod/echo` }]);
    const method = await send(`${test.front.url}/post`);
    expect([method.status, method.json.hint]).toEqual([403, `${origin}/prod/post takes POST`]);
  });

  it('refuses a foreign Host and listens on the loopback only', async () => {
    const { port } = test.front;
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`]) {
      const { status, json } = await send(`${test.front.url}/echo`, { headers: { host } });
      expect([status, json.message], host).toEqual([403, 'Forbidden']);
    }
    expect((await send(`${test.front.url}/echo`, { headers: { host: `localhost:${port}` } })).status).toBe(200);
    const error = await new Promise((resolve) =>
      connect({ port, host: '127.0.0.2' }).on('error', resolve).on('connect', resolve),
    );
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('answers HEAD and OPTIONS through ANY', async () => {
    const head = await send(`${test.front.url}/echo`, { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect((await send(`${test.front.url}/echo`, { method: 'OPTIONS' })).json.httpMethod).toBe('OPTIONS');
  });

  it('throttles as the method settings say', async () => {
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await send(`${test.front.url}/once`)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('takes another definition without a restart', async () => {
    const other = await startFront([route('/old', 'echo')]);
    try {
      other.lambda.service.define(defineFunction('echo', ECHO));
      expect((await send(`${other.front.url}/old`)).status).toBe(200);
      other.front.define({ apiId: 'api123', stage: 'prod', routes: [route('/new', 'echo')] });
      expect((await send(`${other.front.url}/new`)).status).toBe(200);
      expect((await send(`${other.front.url}/old`)).status).toBe(403);
    } finally {
      await other.stop();
    }
  });
});
