import { describe, expect, it } from 'vitest';
import { ECHO, send } from '../apigateway/support.js';
import { startTestUrl, URL_ID } from './support.js';

describe('the event of a function URL', () => {
  it('has payload format 2.0', async () => {
    await using url = await startTestUrl(ECHO);
    const { json } = await send(`${url.server.url}mcp/a%2Fb?tag=x&tag=y&q=a%20b&empty=`, {
      method: 'POST',
      headers: { 'X-Custom': ['one', 'two'], cookie: 'a=1; b=2', 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0"}',
    });
    const { port } = url.server;
    expect(json).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/mcp/a%2Fb',
      rawQueryString: 'tag=x&tag=y&q=a%20b&empty=',
      cookies: ['a=1', 'b=2'],
      headers: {
        'x-custom': 'one,two',
        'content-type': 'application/json',
        host: `127.0.0.1:${port}`,
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': String(port),
        'x-forwarded-proto': 'http',
      },
      queryStringParameters: { tag: 'x,y', q: 'a b', empty: '' },
      requestContext: {
        accountId: 'anonymous',
        apiId: URL_ID,
        domainName: `127.0.0.1:${port}`,
        domainPrefix: URL_ID,
        http: { method: 'POST', path: '/mcp/a%2Fb', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        routeKey: '$default',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"jsonrpc":"2.0"}',
      isBase64Encoded: false,
    });
  });

  it('leaves out what the request does not have', async () => {
    await using url = await startTestUrl(ECHO);
    const { json } = await send(url.server.url);
    expect(json).toMatchObject({ rawPath: '/', rawQueryString: '', isBase64Encoded: false });
    for (const name of ['body', 'cookies', 'queryStringParameters']) expect(json).not.toHaveProperty(name);
  });

  it.each([
    ['text/plain; charset=utf-8', {}, false],
    ['application/json', {}, false],
    ['application/json', { 'content-encoding': 'gzip' }, true],
    ['application/octet-stream', {}, true],
    ['application/x-www-form-urlencoded', {}, true],
  ])('encodes a body of type %s with %j: %s', async (type, headers, isBase64Encoded) => {
    await using url = await startTestUrl(ECHO);
    const { json } = await send(url.server.url, {
      method: 'PUT',
      headers: { 'content-type': type, ...headers },
      body: 'a=1',
    });
    expect(json).toMatchObject({
      isBase64Encoded,
      body: isBase64Encoded ? Buffer.from('a=1').toString('base64') : 'a=1',
    });
  });

  it('passes a header of any name, and not those of the connection', async () => {
    await using url = await startTestUrl(ECHO);
    const { json } = await send(url.server.url, { headers: { __proto__x: '1', constructor: '2', te: 'trailers' } });
    expect(json.headers).toMatchObject({ __proto__x: '1', constructor: '2' });
    expect(json.headers).not.toHaveProperty('te');
  });
});
