import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineFunction } from '../lambda/support.js';
import { ECHO, route, send, startTestApi, type TestApi } from './support.js';

describe('RestApiServer', () => {
  let test: TestApi;
  beforeAll(async () => {
    const respond = route('/respond', 'respond');
    test = await startTestApi(
      [
        route('/echo', 'echo'),
        route('/echo/{id}', 'echo'),
        respond,
        route('/slow', 'slow', { timeoutMs: 300 }),
        route('/absent', 'absent'),
        route('/post', 'echo', { method: 'POST' }),
        route('/once', 'echo', { throttle: { rateLimit: 0.001, burstLimit: 2 } }),
      ],
      { binaryMediaTypes: ['image/*', 'application/octet-stream'] },
    );
    test.lambda.define('echo', ECHO);
    test.lambda.define('respond', 'export const handler = async ({ body }) => JSON.parse(body);');
    test.lambda.define('slow', 'export const handler = () => new Promise(() => {});', { timeoutSeconds: 5 });
  });
  afterAll(() => test.stop());

  const respond = (response: unknown, headers = {}) =>
    send(`${test.server.url}/respond`, { method: 'POST', body: JSON.stringify(response), headers });

  it('passes on headers and query parameters with the names of members of objects', async () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const query = names.map((name) => `${name}=1&${name}=2`).join('&');
    const { text, status } = await send(`${test.server.url}/echo?${query}`, {
      headers: Object.fromEntries(names.map((name) => [name, 'h'])),
    });
    expect(status).toBe(200);
    for (const name of names) {
      expect(text).toContain(`"${name}":"2"`);
      expect(text).toContain(`"${name}":["1","2"]`);
      expect(text).toMatch(new RegExp(`"${name}":"h"`, 'i'));
    }
  });

  it('invokes the function with the event of a REST API', async () => {
    const { json: event, status } = await send(`${test.server.url}/echo/a%20b?x=1&x=2&y=%C3%BC+z`, {
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
    const host = `127.0.0.1:${test.server.port}`;
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

  it('sets missing fields of the event to null', async () => {
    const { json: event } = await send(`${test.server.url}/echo`);
    expect(event).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      body: null,
    });
  });

  it('encodes only bodies with a binary media type', async () => {
    const bytes = Buffer.from([0, 255, 10]);
    const image = await send(`${test.server.url}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: bytes,
    });
    expect(image.json).toMatchObject({ isBase64Encoded: true, body: bytes.toString('base64') });
    const text = await send(`${test.server.url}/echo`, { method: 'POST', body: 'plain' });
    expect(text.json).toMatchObject({ isBase64Encoded: false, body: 'plain' });
  });

  it('sends the response of the function', async () => {
    const { status, headers, text } = await respond({
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
    expect((await respond({ statusCode: '204' })).status).toBe(204);
  });

  it('decodes a Base64 body if the client accepts a binary media type', async () => {
    const response = { statusCode: 200, isBase64Encoded: true, body: Buffer.from('picture').toString('base64') };
    expect((await respond(response, { accept: 'image/png' })).text).toBe('picture');
    expect((await respond(response, { accept: 'text/html' })).text).toBe(response.body);
  });

  it.each([
    ['a string', '"text"', 'JSON object'],
    ['a missing status', '{"body":"x"}', 'statusCode'],
    ['an invalid status', '{"statusCode":99}', 'statusCode'],
    ['an object as body', '{"statusCode":200,"body":{"a":1}}', 'body must be a string'],
    ['an object as header', '{"statusCode":200,"headers":{"a":{}}}', 'header a'],
    ['an invalid header value', '{"statusCode":200,"headers":{"a":"x\\ny"}}', 'Invalid character'],
  ])('returns 502 for %s, and logs the reason', async (_, response, reason) => {
    const { status, json, headers } = await respond(JSON.parse(response));
    expect(status).toBe(502);
    expect(json).toEqual({ message: 'Internal server error' });
    expect(headers['x-amzn-errortype']).toBe('InternalServerErrorException');
    expect(test.logs.at(-1)).toContain(reason);
    expect(test.logs.at(-1)).toContain('POST /prod/respond');
  });

  it('returns 502 if the function fails, 500 if it cannot be invoked, and 504 after the timeout', async () => {
    const failed = await send(`${test.server.url}/respond`, { method: 'POST', body: 'no json' });
    expect([failed.status, failed.json]).toEqual([502, { message: 'Internal server error' }]);
    const absent = await send(`${test.server.url}/absent`);
    expect([absent.status, absent.json]).toEqual([500, { message: 'Internal server error' }]);
    expect(test.logs.at(-1)).toContain('ResourceNotFoundException');
    const slow = await send(`${test.server.url}/slow`);
    expect([slow.status, slow.json]).toEqual([504, { message: 'Endpoint request timed out' }]);
  });

  it('rejects requests over 10 MB and events over 6 MB', async () => {
    const event = await send(`${test.server.url}/echo`, { method: 'POST', body: Buffer.alloc(6_300_000, 'x') });
    expect([event.status, event.json]).toEqual([413, { message: 'Request Too Long' }]);
    const request = await send(`${test.server.url}/echo`, { method: 'POST', body: Buffer.alloc(10_485_761, 'x') });
    expect([request.status, request.json]).toEqual([413, { message: 'HTTP content length exceeded 10485760 bytes.' }]);
  });

  it('ignores a slash at the end of the path', async () => {
    const { json } = await send(`${test.server.url}/echo/`);
    expect([json.resource, json.path]).toEqual(['/echo', '/echo/']);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['GZIP', gzipSync],
    ['identity', (body: Buffer) => body],
  ])('decodes a body with Content-Encoding %s', async (encoding, encode) => {
    const body = encode(Buffer.from('{"a":1}'));
    const { json } = await send(`${test.server.url}/echo`, {
      method: 'POST',
      body,
      headers: { 'content-encoding': encoding },
    });
    expect(json.body).toBe('{"a":1}');
  });

  it.each([
    ['br', Buffer.from('x'), 415, { message: 'Unsupported Media Type' }],
    ['gzip, gzip', gzipSync(gzipSync('x')), 415, { message: 'Unsupported Media Type' }],
    ['gzip', Buffer.from('x'), 400, { message: 'Bad Request' }],
    ['gzip', gzipSync(Buffer.alloc(10_485_761)), 413, { message: 'HTTP content length exceeded 10485760 bytes.' }],
  ])('rejects a body with Content-Encoding %s that it cannot decode', async (encoding, body, status, message) => {
    const response = await send(`${test.server.url}/echo`, {
      method: 'POST',
      body,
      headers: { 'content-encoding': encoding },
    });
    expect([response.status, response.json]).toEqual([status, message]);
  });

  it('lists its URLs at /, and returns a hint for an unknown path', async () => {
    const origin = `http://127.0.0.1:${test.server.port}`;
    const { text, status } = await send(`${origin}/`);
    expect(status).toBe(200);
    expect(text).toContain(`ANY     ${origin}/prod/echo/{id}\n`);
    expect(text).toContain(`POST    ${origin}/prod/post\n`);

    const wrong = await send(`${test.server.url}/nothing`);
    expect([wrong.status, wrong.json.message]).toEqual([403, 'Missing Authentication Token']);
    expect(wrong.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
    expect(wrong.json.hint).toContain(`${origin}/prod/echo`);

    const stage = await send(`${origin}/echo`);
    expect([stage.status, stage.json]).toEqual([
      403,
      { message: 'Forbidden', hint: `did you mean ${origin}/prod/echo?` },
    ]);
    const method = await send(`${test.server.url}/post`);
    expect([method.status, method.json.hint]).toEqual([403, `${origin}/prod/post requires POST`]);
  });

  it('rejects other Host headers, and listens on the loopback interface only', async () => {
    const { port } = test.server;
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`]) {
      const { status, json } = await send(`${test.server.url}/echo`, { headers: { host } });
      expect([status, json.message], host).toEqual([403, 'Forbidden']);
    }
    expect((await send(`${test.server.url}/echo`, { headers: { host: `localhost:${port}` } })).status).toBe(200);
    const error = await new Promise((resolve) =>
      connect({ port, host: '127.0.0.2' }).on('error', resolve).on('connect', resolve),
    );
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('routes HEAD and OPTIONS to ANY', async () => {
    const head = await send(`${test.server.url}/echo`, { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect((await send(`${test.server.url}/echo`, { method: 'OPTIONS' })).json.httpMethod).toBe('OPTIONS');
  });

  it('throttles by the method settings', async () => {
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await send(`${test.server.url}/once`)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('applies the gateway responses of the API', async () => {
    const cors = { 'access-control-allow-origin': "'*'" };
    const text = '{"message":"no response","requestId":"$context.requestId","was":$context.error.messageString}';
    const template = { contentType: 'application/json', text };
    const other = await startTestApi([route('/gone', 'gone')], {
      gatewayResponses: {
        INTEGRATION_FAILURE: { statusCode: 503, headers: cors, template },
        DEFAULT_4XX: { headers: cors },
      },
    });
    try {
      const failed = await send(`${other.server.url}/gone`);
      expect([failed.status, failed.headers['access-control-allow-origin']]).toEqual([503, '*']);
      expect(failed.json).toEqual({
        message: 'no response',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        was: 'Internal server error',
      });
      const unknown = await send(`${other.server.url}/nowhere`);
      expect([unknown.status, unknown.headers['access-control-allow-origin']]).toEqual([403, '*']);
      expect(unknown.json.message).toBe('Missing Authentication Token');
    } finally {
      await other.stop();
    }
  });

  it('deploys another definition without a restart', async () => {
    const other = await startTestApi([route('/old', 'echo')]);
    try {
      other.lambda.service.define(defineFunction('echo', ECHO));
      expect((await send(`${other.server.url}/old`)).status).toBe(200);
      other.server.deploy({ apiId: 'api123', stage: 'prod', routes: [route('/new', 'echo')] });
      expect((await send(`${other.server.url}/new`)).status).toBe(200);
      expect((await send(`${other.server.url}/old`)).status).toBe(403);
    } finally {
      await other.stop();
    }
  });
});
