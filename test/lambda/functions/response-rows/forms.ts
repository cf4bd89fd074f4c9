/** The table of resources and prompts, row by row. */
import { compressed, hi, image, NUL } from './samples.js';

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
      { value: { messages: user({ ...hi, annotations: null, _meta: null }), description: null }, prompt: user(hi) },
      {
        value: { contents: [{ uri: 'docs://a', text: 'a', blob: null, _meta: { 'a/b': null } }], ttlMs: null },
        resource: [{ text: 'a', _meta: { 'a/b': null } }],
      },
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
