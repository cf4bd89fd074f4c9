import { createServer } from 'node:http';
import { connect } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpFront } from '../../../local/services/aws-endpoint/http-front.js';
import { readBody } from '../../../local/services/forward.js';
import { parseAuthorization } from '../../../local/services/iam/sigv4.js';

it('parses signatures of HTTP/2 requests, which sign :authority in place of Host', () => {
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIA/20261126/us-east-1/bedrock/aws4_request, SignedHeaders=:authority;x-amz-date, Signature=00`;
  expect(parseAuthorization({ authorization })).toMatchObject({ accessKeyId: 'AKIA', service: 'bedrock' });
});

describe('HttpFront', () => {
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    response.writeHead(201, { connection: 'keep-alive', 'x-host': request.headers.host });
    response.end(`${request.httpVersion} ${request.method} ${request.url} ${body}`);
  });
  const front = new HttpFront(server);
  beforeAll(() => front.listen());
  afterAll(() => front.close());

  it('serves HTTP/1.1', async () => {
    const url = `http://127.0.0.1:${front.port}/a?b=1`;
    const body = 'x'.repeat(100_000);
    for (let i = 0; i < 2; i++) {
      expect(await (await fetch(url, { method: 'POST', body })).text()).toBe(`1.1 POST /a?b=1 ${body}`);
    }
  });

  it('serves HTTP/2, for several requests on one connection', async () => {
    const session = connect(`http://127.0.0.1:${front.port}`);
    const send = (path: string) =>
      new Promise((resolve) => {
        const request = session.request({ ':method': 'POST', ':path': path });
        let status: unknown;
        request.once('response', (headers) => (status = [headers[':status'], headers['x-host']]));
        request.end('body');
        void readBody(request).then((body) => resolve([status, body.toString()]));
      });
    const host = `127.0.0.1:${front.port}`;
    expect(await Promise.all([send('/a'), send('/b?c=1')])).toEqual([
      [[201, host], '1.1 POST /a body'],
      [[201, host], '1.1 POST /b?c=1 body'],
    ]);
    session.close();
  });
});
