/** The table of docs/reference/function-responses.md, row by row, with samples of each row. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

/** A row of the table: the Markdown of its cells, and samples. */
export interface Row {
  readonly response: string;
  readonly readAs: string;
  readonly client: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** The function response as a JSON value, or the bytes that the function writes. */
  readonly value: unknown;
  readonly outputSchema?: object;
  /** The result of a tool that the client receives, entirely. */
  readonly result: object;
}

const text = (value: string) => ({ content: [{ type: 'text', text: value }] });
const failure = (value: string) => ({ ...text(value), isError: true });
/** Data: text for the model, and the same JSON as structured content. */
const data = (value: unknown) => ({ ...text(JSON.stringify(value)), structuredContent: value });
/** Samples whose responses are data. */
const asData = (...values: unknown[]): Sample[] => values.map((value) => ({ value, result: data(value) }));
const base64 = (value: string, encoding: BufferEncoding = 'utf8') => Buffer.from(value, encoding).toString('base64');
const compressed = (bytes: Buffer, coding: string, more: object = {}) => ({
  statusCode: 200,
  headers: { 'Content-Type': 'application/json', 'Content-Encoding': coding },
  body: bytes.toString('base64'),
  isBase64Encoded: true,
  ...more,
});
const image = { type: 'image', data: base64('png'), mimeType: 'image/png' };
const hi = { type: 'text', text: 'hi' };
const count = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
const NUL = '\0'.repeat(8);

const PROXY: readonly Row[] = [
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

const MCP: readonly Row[] = [
  {
    response: "`{ jsonrpc: '2.0', id?, error: { code, message, data? } }`",
    readAs: 'JSON-RPC error',
    client: 'that JSON-RPC error, instead of a result',
    samples: [
      {
        value: { jsonrpc: '2.0', error: { code: -32010, message: 'sold out', data: { left: 0 } } },
        result: { code: -32010, message: 'sold out', data: { left: 0 } },
      },
      {
        value: { jsonrpc: '2.0', id: 1, error: { code: -32010, message: 'sold out' } },
        result: { code: -32010, message: 'sold out' },
      },
    ],
  },
  {
    response: 'other responses with `jsonrpc`, `error` or `errors`, such as those of GraphQL',
    readAs: 'data',
    client: 'data',
    samples: asData(
      { error: { code: 1, message: 'no' } },
      { jsonrpc: '2.0', error: { message: 'no' } },
      { jsonrpc: '2.0', id: 1, result: '0x1b4' },
      { jsonrpc: '2.0', error: { code: 3, message: 'reverted' }, block: 7 },
      { data: null, errors: [{ message: 'no such field', path: ['a'] }] },
      { errorType: 'NotFound', errorMessage: 'returned, not thrown' },
    ),
  },
  {
    response: "`{ resultType: 'input_required', inputRequests?, requestState?, _meta? }`",
    readAs: 'input requests',
    client: '[input requests](functions.md#input-requests)',
    samples: [
      { value: { resultType: 'input_required', requestState: 's' }, result: { resultType: 'input_required' } },
      { value: { statusCode: 200, body: '{"resultType":"input_required"}' }, result: { resultType: 'input_required' } },
    ],
  },
  {
    response: "`{ resultType: 'task', requestState?, statusMessage?, pollIntervalMs?, _meta? }`",
    readAs: 'request to be called again',
    client: 'a [task](../guides/tasks.md#run-longer-than-15-minutes)',
    samples: [
      { value: { resultType: 'task' }, result: { resultType: 'task' } },
      { value: { resultType: 'task', statusMessage: null, pollIntervalMs: 5000 }, result: { resultType: 'task' } },
    ],
  },
  {
    response: 'another `resultType`, or these with other keys',
    readAs: 'data',
    client: 'data',
    samples: asData(
      { resultType: 'vector', result: [{ metric: {}, value: [1, '2'] }] },
      { resultType: 'complete', result: [1] },
      { resultType: 'complete' },
      { resultType: 'partial', content: [hi] },
      { resultType: 'task', id: 7, title: 'Paint the fence' },
      { resultType: 'input_required', questions: ['Which colour?'] },
    ),
  },
  {
    response: '`{ content, structuredContent?, isError?, _meta? }`, whose items are all MCP content',
    readAs: 'MCP result',
    client: 'that result',
    samples: [
      { value: { content: [hi] }, result: text('hi') },
      { value: { content: [hi], isError: true }, result: failure('hi') },
      { value: { content: [hi, image], _meta: { 'a/b': 1 } }, result: { content: [hi, image], _meta: { 'a/b': 1 } } },
      { value: { content: [hi], structuredContent: { a: 1 } }, result: { ...text('hi'), structuredContent: { a: 1 } } },
      {
        value: { content: [{ ...hi, annotations: null, _meta: null }], isError: null, _meta: null },
        result: text('hi'),
      },
      {
        value: { resultType: 'complete', content: [], structuredContent: { a: 1 } },
        result: { ...text('{"a":1}'), structuredContent: { a: 1 } },
      },
      { value: { resultType: 'complete', structuredContent: { a: 1 } }, result: data({ a: 1 }) },
      { value: { content: [hi], structuredContent: null }, result: { ...text('hi'), structuredContent: null } },
    ],
  },
  {
    response: '`{ content: [] }` with `structuredContent`, `isError` or `_meta`',
    readAs: 'MCP result',
    client: 'that result, with a text: some clients refuse a result without content',
    samples: [
      { value: { content: [], structuredContent: { a: 1 } }, result: data({ a: 1 }) },
      { value: { content: [], _meta: { 'a/b': 1 } }, result: { ...text('null'), _meta: { 'a/b': 1 } } },
      { value: { content: [], isError: true }, result: failure('the handler reported an error without a message') },
    ],
  },
  {
    response: "the same with `resultType: 'complete'` or `isError: true`, and with invalid items",
    readAs: 'invalid MCP result',
    client: 'an error result that says what is invalid',
    samples: [
      {
        value: { resultType: 'complete', content: [{ type: 'text' }] },
        result: failure('the handler returned an invalid tool result:\n/content/0: Invalid input'),
      },
      {
        value: { content: ['no'], isError: true },
        result: failure('the handler returned an invalid tool result:\n/content/0: Invalid input'),
      },
    ],
  },
  {
    response: '`content` beside other keys, with items that are not MCP content, or empty',
    readAs: 'data',
    client: 'data',
    samples: asData(
      { content: [] },
      { content: [], totalElements: 0 },
      { content: [{ id: 1 }], pageable: { pageNumber: 0 }, totalPages: 1, last: true },
      { content: [{ type: 'article', title: 'x' }] },
      { content: [{ type: 'text', body: 'x' }] },
      { content: [{ type: 'text', text: 'x', position: 1 }] },
      { content: [{ type: 'image', url: 'https://x.example/a.png' }] },
      { content: [hi], title: 'A page' },
      { type: 'message', role: 'assistant', content: [hi], model: 'm' },
      { type: 'doc', content: [{ type: 'paragraph', content: [hi] }] },
      { content: 'text' },
      { content: [hi], isError: 'no' },
      { isError: true, message: 'no' },
    ),
  },
  {
    response: 'the MCP result of a resource or prompt',
    readAs: 'data',
    client: 'data',
    samples: asData(
      { messages: [{ role: 'user', content: hi }] },
      { contents: [{ uri: 'docs://a', text: 'a' }] },
      { tools: [], nextCursor: 'x' },
    ),
  },
  {
    response: 'an error result with `structuredContent` that does not match the `outputSchema`',
    readAs: 'MCP result',
    client: 'that error result, with the structured content as text',
    samples: [
      {
        value: { content: [hi], structuredContent: { code: 'E7' }, isError: true },
        outputSchema: count,
        result: { content: [hi, { type: 'text', text: '{"code":"E7"}' }], isError: true },
      },
      {
        value: { content: [], structuredContent: { code: 'E7' }, isError: true },
        outputSchema: count,
        result: failure('{"code":"E7"}'),
      },
      {
        value: { content: [hi], structuredContent: { n: 1 }, isError: true },
        outputSchema: count,
        result: { ...failure('hi'), structuredContent: { n: 1 } },
      },
    ],
  },
];

const VALUES: readonly Row[] = [
  {
    response: '`{ batchItemFailures: [{ itemIdentifier }, …] }`',
    readAs: 'failure of a batch consumer',
    client: 'an error result with the response',
    samples: [
      {
        value: { batchItemFailures: [{ itemIdentifier: 'm-1' }] },
        result: failure('the handler failed to process some items: {"batchItemFailures":[{"itemIdentifier":"m-1"}]}'),
      },
      {
        value: { batchItemFailures: [{ itemIdentifier: '' }] },
        result: failure('the handler failed to process some items: {"batchItemFailures":[{"itemIdentifier":""}]}'),
      },
    ],
  },
  {
    response: '`{ batchItemFailures: [] }`, and `batchItemFailures` of another shape',
    readAs: 'data',
    client: 'data',
    samples: asData({ batchItemFailures: [] }, { batchItemFailures: 3 }, { batchItemFailures: ['m-1'] }),
  },
  {
    response: 'nothing',
    readAs: 'nothing',
    client: 'the text `null`',
    samples: [
      { value: null, result: text('null') },
      { value: Buffer.from(''), result: text('null') },
      { value: null, outputSchema: { type: 'null' }, result: data(null) },
    ],
  },
  {
    response: 'a string',
    readAs: 'text, even if it looks like JSON',
    client: 'text',
    samples: [
      { value: 'hi', result: text('hi') },
      { value: '{"a":1}', result: text('{"a":1}') },
      { value: '{"statusCode":500}', result: text('{"statusCode":500}') },
      { value: '', result: text('') },
      { value: Buffer.from('not JSON'), result: text('not JSON') },
    ],
  },
  {
    response: 'text, of a tool with an `outputSchema`',
    readAs: 'JSON, if that matches the schema and the text does not',
    client: 'the text, and its JSON as structured content',
    samples: [
      { value: '{"n":1}', outputSchema: count, result: { ...text('{"n":1}'), structuredContent: { n: 1 } } },
      {
        value: { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: '{ "n": 1 }' },
        outputSchema: count,
        result: { ...text('{ "n": 1 }'), structuredContent: { n: 1 } },
      },
      {
        value: { content: [{ type: 'text', text: '{"n":1}' }] },
        outputSchema: count,
        result: { ...text('{"n":1}'), structuredContent: { n: 1 } },
      },
      { value: '1', outputSchema: { type: 'string' }, result: { ...text('1'), structuredContent: '1' } },
      {
        value: '{"n":"one"}',
        outputSchema: count,
        result: failure(
          'the response does not match the tool\'s outputSchema:\n/n: Instance type "string" is invalid. Expected "number".',
        ),
      },
    ],
  },
  {
    response: 'any other JSON: numbers, booleans, arrays, objects',
    readAs: 'data',
    client: 'text, and the same JSON as structured content',
    samples: asData(
      5,
      false,
      [],
      [hi],
      { a: { b: [null] } },
      { principalId: 'me', policyDocument: { Version: '2012-10-17', Statement: [] } },
      { isAuthorized: false, context: {} },
      { status: 'FAILED', error: 'States.Timeout', cause: 'late', output: '{}' },
      { data: { orders: [] }, errors: null },
      { status: 'success', data: { resultType: 'matrix', result: [] } },
      { took: 3, timed_out: false, hits: { total: { value: 0 }, hits: [] } },
      { data: [{ type: 'articles', id: '1' }], links: { self: '/a' } },
      { _embedded: { orders: [] }, _links: { self: { href: '/a' } } },
      { messageVersion: '1.0', response: { actionGroup: 'a', functionResponse: { responseBody: {} } } },
      { records: [{ recordId: '1', result: 'ProcessingFailed', data: '' }] },
    ),
  },
];

export const RESPONSE_TABLE: readonly Row[] = [...PROXY, ...MCP, ...VALUES];

/** A row of the table of resources and prompts: the Markdown of its cells, and samples. */
export interface FormRow {
  readonly form: string;
  readonly resource: string;
  readonly prompt: string;
  readonly samples: readonly FormSample[];
}

export interface FormSample {
  readonly value: unknown;
  /** The contents without their URI, or the code of the JSON-RPC error. */
  readonly resource?: readonly object[] | number;
  /** The messages, or the code of the JSON-RPC error. */
  readonly prompt?: readonly object[] | number;
}

const user = (content: object) => [{ role: 'user', content }];
const userText = (value: string) => user({ type: 'text', text: value });
const json = (value: unknown) => [{ mimeType: 'application/json', text: JSON.stringify(value) }];
const INTERNAL_ERROR = -32603;
const NOT_FOUND = -32602;

export const FORM_TABLE: readonly FormRow[] = [
  {
    form: 'data',
    resource:
      'one text with the JSON, of the registered MIME type or that of the response, by default `application/json`',
    prompt: 'one user message with the JSON',
    samples: [
      ...[
        { a: 1 },
        [1],
        5,
        { content: [hi] },
        { contents: [], total: 0 },
        { contents: [] },
        { contents: [{ sku: 'LAMP-7' }] },
        { contents: ['x'] },
        { contents: [{ text: 'a', sku: 'LAMP-7' }] },
      ].map((value) => ({ value, resource: json(value), prompt: userText(JSON.stringify(value)) })),
      ...[
        { messages: [] },
        { messages: [], nextToken: 'x' },
        { messages: [{ id: 1, body: 'hi' }] },
        { messages: [{ role: 'user', content: 'hi' }] },
        { messages: [{ role: 'robot', content: hi }] },
        { messages: user({ ...hi, id: 7 }) },
        { messages: user(hi), unread: 1 },
        { description: 'An inbox', messages: [] },
      ].map((value) => ({ value, resource: json(value), prompt: userText(JSON.stringify(value)) })),
      {
        value: { statusCode: 200, headers: { 'content-type': 'application/hal+json' }, body: '{"a":1}' },
        resource: [{ mimeType: 'application/hal+json', text: '{"a":1}' }],
        prompt: userText('{"a":1}'),
      },
    ],
  },
  {
    form: 'text',
    resource: 'one text, of the registered MIME type or that of the response',
    prompt: 'one user message',
    samples: [
      { value: '{"a":1}', resource: [{ text: '{"a":1}' }], prompt: userText('{"a":1}') },
      {
        value: { statusCode: 200, headers: { 'content-type': 'text/csv' }, body: 'a,b' },
        resource: [{ mimeType: 'text/csv', text: 'a,b' }],
        prompt: userText('a,b'),
      },
      {
        value: Buffer.from(`{"statusCode":200,"headers":{"content-type":"text/csv"}}${NUL}a,b`),
        resource: [{ mimeType: 'text/csv', text: 'a,b' }],
        prompt: userText('a,b'),
      },
    ],
  },
  {
    form: 'nothing',
    resource: 'one empty text',
    prompt: 'no messages',
    samples: [
      { value: null, resource: [{ text: '' }], prompt: [] },
      { value: { statusCode: 204 }, resource: [{ text: '' }], prompt: [] },
    ],
  },
  {
    form: 'binary data',
    resource: 'one blob of its own MIME type',
    prompt: 'one user message with an image, audio or an embedded resource',
    samples: [
      {
        value: { statusCode: 200, headers: { 'content-type': 'image/png' }, body: image.data, isBase64Encoded: true },
        resource: [{ mimeType: 'image/png', blob: image.data }],
        prompt: user(image),
      },
    ],
  },
  {
    form: 'MCP result, by the same rules: `{ contents }`, `{ messages, description? }`',
    resource: 'those contents; the registration provides URI and MIME type',
    prompt: 'those messages',
    samples: [
      { value: { contents: [{ text: 'a' }] }, resource: [{ text: 'a' }] },
      { value: { contents: [{ blob: image.data, mimeType: null }] }, resource: [{ blob: image.data }] },
      { value: { contents: [], _meta: {} }, resource: [] },
      { value: { messages: user(hi), description: 'Greets' }, prompt: user(hi) },
      { value: { resultType: 'complete', messages: [] }, prompt: [] },
    ],
  },
  {
    form: 'request to be called again',
    resource: 'an internal error',
    prompt: 'an internal error',
    samples: [{ value: { resultType: 'task' }, resource: INTERNAL_ERROR, prompt: INTERNAL_ERROR }],
  },
  {
    form: 'invalid MCP result',
    resource: 'an internal error',
    prompt: 'an internal error',
    samples: [
      { value: { resultType: 'complete', contents: ['x'] }, resource: INTERNAL_ERROR },
      { value: { resultType: 'complete', messages: [{ role: 'robot' }] }, prompt: INTERNAL_ERROR },
    ],
  },
  {
    form: 'redirect',
    resource: 'one text with the `Location`, of type `text/uri-list`',
    prompt: 'one user message, `HTTP 302: <Location>`',
    samples: [
      {
        value: { statusCode: 302, headers: { Location: 'https://x.example/a' }, body: 'Moved' },
        resource: [{ mimeType: 'text/uri-list', text: 'https://x.example/a' }],
        prompt: userText('HTTP 302: https://x.example/a\nMoved'),
      },
      { value: { statusCode: 304 }, resource: [{ text: '' }], prompt: userText('HTTP 304') },
    ],
  },
  {
    form: 'HTTP error',
    resource: '404 is "resource not found"; any other status is an internal error without the body',
    prompt: 'an internal error without the body',
    samples: [
      { value: { statusCode: '404' }, resource: NOT_FOUND, prompt: INTERNAL_ERROR },
      { value: { statusCode: 500, body: 'secret' }, resource: INTERNAL_ERROR, prompt: INTERNAL_ERROR },
    ],
  },
  {
    form: 'failure of a batch consumer, or a body that cannot be decompressed',
    resource: 'an internal error',
    prompt: 'an internal error',
    samples: [
      {
        value: { batchItemFailures: [{ itemIdentifier: 'secret' }] },
        resource: INTERNAL_ERROR,
        prompt: INTERNAL_ERROR,
      },
      { value: compressed(Buffer.from('x'), 'gzip'), resource: INTERNAL_ERROR, prompt: INTERNAL_ERROR },
    ],
  },
  {
    form: 'JSON-RPC error',
    resource: 'that JSON-RPC error',
    prompt: 'that JSON-RPC error',
    samples: [
      {
        value: { jsonrpc: '2.0', error: { code: -32010, message: 'sold out' } },
        resource: -32010,
        prompt: -32010,
      },
    ],
  },
];
