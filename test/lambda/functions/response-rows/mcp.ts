/** Rows of MCP results, and of data that resembles them. */
import { asData, count, data, failure, hi, image, type Row, text } from './samples.js';

export const MCP_ROWS: readonly Row[] = [
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
        value: { content: [{ ...hi, annotations: { audience: null, priority: 1 } }], isError: false },
        result: { content: [{ ...hi, annotations: { priority: 1 } }], isError: false },
      },
      {
        value: {
          content: [{ type: 'resource', resource: { uri: 'docs://a', mimeType: null, text: 'a', blob: null } }],
        },
        result: { content: [{ type: 'resource', resource: { uri: 'docs://a', text: 'a' } }] },
      },
      {
        value: { content: [{ ...hi, _meta: { 'a/b': null } }], structuredContent: { a: null }, _meta: { 'a/b': null } },
        result: {
          content: [{ ...hi, _meta: { 'a/b': null } }],
          structuredContent: { a: null },
          _meta: { 'a/b': null },
        },
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
      { content: [{ type: 'article', title: null, resource: { a: null } }] },
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
