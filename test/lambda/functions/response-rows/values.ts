/** Rows of all other responses. */
import { asData, count, data, failure, hi, type Row, text } from './samples.js';

export const VALUE_ROWS: readonly Row[] = [
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
