/** Rows of proxy responses and other HTTP responses. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { asData, base64, compressed, count, data, failure, hi, image, NUL, type Row, text } from './samples.js';

export const HTTP_ROWS: readonly Row[] = [
  {
    response: '`{ statusCode, headers?, multiValueHeaders?, cookies?, body?, isBase64Encoded?, statusDescription? }`',
    readAs: 'proxy response, as for API Gateway, a function URL or a load balancer',
    client: 'its body, read like a response by the rows below',
    samples: [
      { value: { statusCode: 200, body: '{"a":1}' }, result: data({ a: 1 }) },
      { value: { statusCode: 200, headers: null, multiValueHeaders: null, body: '[1]' }, result: data([1]) },
      { value: { statusCode: 200, headers: {}, cookies: ['a=b'], body: '{"a":1}' }, result: data({ a: 1 }) },
      {
        value: { statusCode: 200, statusDescription: '200 OK', isBase64Encoded: false, headers: {}, body: '{"a":1}' },
        result: data({ a: 1 }),
      },
      { value: { statusCode: 200, body: { a: 1 } }, result: data({ a: 1 }) },
      {
        value: { statusCode: 200, body: base64('{"a":1}'), isBase64Encoded: 'true' },
        result: data({ a: 1 }),
      },
      { value: { statusCode: 200, body: '{"a":1}', isBase64Encoded: 'false' }, result: data({ a: 1 }) },
      { value: { statusCode: 200, body: JSON.stringify({ content: [hi] }) }, result: text('hi') },
      { value: { statusCode: 200, body: '{"resultType":"complete","content":[]}' }, result: text('null') },
      // a proxy response in a body is data
      { value: { statusCode: 200, body: '{"statusCode":500}' }, result: data({ statusCode: 500 }) },
    ],
  },
  {
    response: "the same, with `statusCode: '200'`",
    readAs: 'proxy response',
    client: 'the same as for a number',
    samples: [
      { value: { statusCode: '200', body: '{"a":1}' }, result: data({ a: 1 }) },
      { value: { statusCode: '400', body: 'no such table' }, result: failure('HTTP 400: no such table') },
    ],
  },
  {
    response: 'a status of 400 or above',
    readAs: 'HTTP error',
    client: 'an error result, `HTTP 404: …` with the body',
    samples: [
      { value: { statusCode: 404, body: '{"message":"gone"}' }, result: failure('HTTP 404: {"message":"gone"}') },
      { value: { statusCode: 503 }, result: failure('HTTP 503') },
      { value: { statusCode: 404, statusDescription: '404 Not Found' }, result: failure('HTTP 404: Not Found') },
      { value: compressed(gzipSync('sold out'), 'gzip', { statusCode: 409 }), result: failure('HTTP 409: sold out') },
    ],
  },
  {
    response: 'a status of 300 to 399',
    readAs: 'redirect',
    client: 'text, `HTTP 302: <Location>` with the body; an error result if the tool has an `outputSchema`',
    samples: [
      {
        value: { statusCode: 302, headers: { Location: 'https://x.example/a' } },
        result: text('HTTP 302: https://x.example/a'),
      },
      {
        value: { statusCode: 301, multiValueHeaders: { location: ['/b'] }, body: 'Moved' },
        result: text('HTTP 301: /b\nMoved'),
      },
      { value: { statusCode: 304, body: '' }, result: text('HTTP 304') },
      {
        value: { statusCode: 307, headers: { location: '/b' } },
        outputSchema: count,
        result: failure('HTTP 307: /b'),
      },
    ],
  },
  {
    response: 'a status of 200 to 299, a `Location` and no body',
    readAs: 'redirect',
    client: 'text, `HTTP 201: <Location>`',
    samples: [
      { value: { statusCode: 201, headers: { Location: '/orders/7' } }, result: text('HTTP 201: /orders/7') },
      { value: { statusCode: 201, headers: { Location: '/orders/7' }, body: '{"id":7}' }, result: data({ id: 7 }) },
    ],
  },
  {
    response: 'no body, such as status 204',
    readAs: 'nothing',
    client: 'the text `null`',
    samples: [
      { value: { statusCode: 204 }, result: text('null') },
      { value: { statusCode: 204, body: '' }, result: text('null') },
      { value: compressed(Buffer.alloc(0), 'gzip', { statusCode: 204 }), result: text('null') },
      {
        value: { statusCode: 200, headers: { 'content-encoding': 'br' }, isBase64Encoded: true },
        result: text('null'),
      },
      { value: { statusCode: 200, headers: {}, body: null }, result: text('null') },
    ],
  },
  {
    response: 'a body of type `application/json`, `…+json`, or without a type',
    readAs: 'JSON, if it is JSON; otherwise text',
    client: 'data, or text',
    samples: [
      {
        value: { statusCode: 200, headers: { 'content-type': 'application/hal+json' }, body: '\uFEFF{"_links":{}}' },
        result: data({ _links: {} }),
      },
      {
        value: {
          statusCode: 200,
          headers: { 'content-type': 'application/vnd.api+json; charset=utf-8' },
          body: '{"data":[{"type":"articles","id":"1"}]}',
        },
        result: data({ data: [{ type: 'articles', id: '1' }] }),
      },
      { value: { statusCode: 200, body: 'hello' }, result: text('hello') },
      { value: { statusCode: 200, body: '42' }, result: data(42) },
    ],
  },
  {
    response: 'a body of another type',
    readAs: 'text, even if it looks like JSON',
    client: 'text',
    samples: [
      {
        value: { statusCode: 200, headers: { 'Content-Type': 'text/plain' }, body: '{"a":1}' },
        result: text('{"a":1}'),
      },
      {
        value: { statusCode: 200, headers: { 'Content-Type': 'text/html' }, body: '<p>hi</p>' },
        result: text('<p>hi</p>'),
      },
    ],
  },
  {
    response: '`isBase64Encoded: true`, and a text type, XML or a `charset`',
    readAs: 'text of that `charset`, by default UTF-8',
    client: 'text, or data if it is JSON',
    samples: [
      {
        value: {
          statusCode: 200,
          headers: { 'content-type': 'text/csv; charset=ISO-8859-1' },
          body: base64('Größe', 'latin1'),
          isBase64Encoded: true,
        },
        result: text('Größe'),
      },
      {
        value: { statusCode: 200, body: base64('{"size":"Größe"}'), isBase64Encoded: true },
        result: data({ size: 'Größe' }),
      },
      {
        value: {
          statusCode: 200,
          headers: { 'content-type': 'application/atom+xml' },
          body: base64('<feed/>'),
          isBase64Encoded: true,
        },
        result: text('<feed/>'),
      },
    ],
  },
  {
    response: '`isBase64Encoded: true`, and any other type or bytes that are not text',
    readAs: 'binary data',
    client: 'an image, audio, or an embedded resource',
    samples: [
      {
        value: { statusCode: 200, headers: { 'content-type': 'image/png' }, body: image.data, isBase64Encoded: true },
        result: { content: [image] },
      },
      {
        value: {
          statusCode: 200,
          headers: { 'content-type': 'audio/wav' },
          body: base64('wav'),
          isBase64Encoded: true,
        },
        result: { content: [{ type: 'audio', data: base64('wav'), mimeType: 'audio/wav' }] },
      },
      {
        value: { statusCode: 200, body: base64('ff00fe', 'hex'), isBase64Encoded: true },
        result: {
          content: [
            {
              type: 'resource',
              resource: {
                uri: 'tool-result:t',
                mimeType: 'application/octet-stream',
                blob: base64('ff00fe', 'hex'),
              },
            },
          ],
        },
      },
    ],
  },
  {
    response: '`isBase64Encoded: true` and `content-encoding: gzip`, `deflate` or `br`',
    readAs: 'the decompressed body',
    client: 'as above; an error result if it is larger than a result can be',
    samples: [
      { value: compressed(gzipSync('{"a":1}'), 'gzip'), result: data({ a: 1 }) },
      { value: compressed(deflateSync('{"a":1}'), 'deflate'), result: data({ a: 1 }) },
      { value: compressed(deflateRawSync('{"a":1}'), 'deflate'), result: data({ a: 1 }) },
      { value: compressed(brotliCompressSync('{"a":1}'), 'BR'), result: data({ a: 1 }) },
      { value: compressed(gzipSync(brotliCompressSync('{"a":1}')), 'br, gzip'), result: data({ a: 1 }) },
      { value: compressed(Buffer.from('{"a":1}'), 'identity'), result: data({ a: 1 }) },
      {
        value: { statusCode: 200, headers: { 'content-encoding': 'gzip' }, body: '{"a":1}', isBase64Encoded: false },
        result: data({ a: 1 }),
      },
      {
        value: compressed(gzipSync(Buffer.alloc(7_000_000)), 'gzip'),
        result: failure(
          'the response, decompressed, is larger than 6.3 MB: request less data (the owner of the server can raise the limit with resultBucket)',
        ),
      },
    ],
  },
  {
    response: 'another `content-encoding`, or a body that is not of it',
    readAs: 'failure',
    client: 'an error result that names it',
    samples: [
      {
        value: compressed(Buffer.from('x'), 'zstd'),
        result: failure(
          'the handler\'s response has the unsupported content-encoding "zstd": expected gzip, deflate or br',
        ),
      },
      {
        value: compressed(Buffer.from('x'), 'gzip'),
        result: failure("the handler's response has content-encoding gzip, but its body is not gzip data"),
      },
    ],
  },
  {
    response: 'metadata as JSON, eight NUL bytes and a body (`HttpResponseStream.from()`, adapters of web frameworks)',
    readAs: 'proxy response',
    client: 'the same as for a proxy response',
    samples: [
      {
        value: Buffer.from(
          `{"statusCode":200,"headers":{"content-type":"application/json"},"cookies":["a=b"]}${NUL}{"a":1}`,
        ),
        result: data({ a: 1 }),
      },
      { value: Buffer.from(`{"statusCode":404}${NUL}gone`), result: failure('HTTP 404: gone') },
      { value: Buffer.from(`{}${NUL}{"a":\n1}`), result: data({ a: 1 }) },
      {
        value: Buffer.from(`{"statusCode":"200","statusDescription":"OK","isBase64Encoded":false}${NUL}{"a":1}`),
        result: data({ a: 1 }),
      },
      { value: Buffer.from(`{\n  "statusCode": 200,\n  "headers": {}\n}${NUL}{"a":1}`), result: data({ a: 1 }) },
      { value: Buffer.from(`{"statusCode":302,"headers":{"location":"/b"}}${NUL}`), result: text('HTTP 302: /b') },
      { value: Buffer.from(`{"statusCode":700}${NUL}x`), result: text(`{"statusCode":700}${NUL}x`) },
      { value: Buffer.from(`{"order":7}${NUL}x`), result: text(`{"order":7}${NUL}x`) },
    ],
  },
  {
    response: '`{ statusCode }` with another key, a value of another type, or a status outside of 200 to 599',
    readAs: 'data',
    client: 'data',
    samples: asData(
      { statusCode: 404, message: 'Not Found', error: 'Not Found' },
      { statusCode: 200, body: 'x', order: 7 },
      { statusCode: 200, headers: 'none', body: 'x' },
      { statusCode: 102, body: 'processing' },
      { statusCode: 42 },
      { statusCode: '200 OK', body: 'x' },
      { statusCode: true },
      { statusCode: { toString: 1 } },
      { statusCode: 200, isBase64Encoded: 'yes', body: 'x' },
    ),
  },
  {
    response: 'other HTTP responses, such as `{ headers, body }` and `{ status, headers, body }` of CloudFront',
    readAs: 'data',
    client: 'data',
    samples: asData(
      { headers: {}, body: 'x' },
      { status: '302', statusDescription: 'Found', headers: { location: [{ key: 'Location', value: '/b' }] } },
    ),
  },
];
