import { describe, expect, test } from 'vitest';
import { shapeErrors } from '../../../lambda/message/json-rpc.js';

const base = { jsonrpc: '2.0' };

describe('messages', () => {
  test.each([
    ['a request', { ...base, id: 1, method: 'ping' }],
    ['a request with a string id and params', { ...base, id: 'a', method: 'tools/call', params: { name: 'x' } }],
    ['a notification', { ...base, method: 'notifications/initialized' }],
    ['a result', { ...base, id: 1, result: {} }],
    ['an error', { ...base, id: 1, error: { code: -32601, message: 'no', data: 1 } }],
    ['an error without an id to match', { ...base, id: null, error: { code: -32700, message: 'parse' } }],
  ])('accepts %s', (_, message) => {
    expect(shapeErrors(message)).toEqual([]);
  });

  test.each([
    ['a string', 'ping', ''],
    ['null', null, ''],
    ['another version', { jsonrpc: '1.0', id: 1, method: 'ping' }, 'jsonrpc'],
    ['no method', { ...base, id: 1 }, 'method'],
    ['an empty method', { ...base, id: 1, method: '' }, 'method'],
    ['a null id', { ...base, id: null, method: 'ping' }, 'id'],
    ['a fractional id', { ...base, id: 1.5, method: 'ping' }, 'id'],
    ['positional params', { ...base, id: 1, method: 'ping', params: [1] }, 'params'],
    ['method and result', { ...base, id: 1, method: 'ping', result: {} }, 'method'],
    ['a result without id', { ...base, result: {} }, 'id'],
    ['a result that is not an object', { ...base, id: 1, result: 'x' }, 'result'],
    ['result and error', { ...base, id: 1, result: {}, error: { code: 1, message: '' } }, 'error'],
    ['an error without code', { ...base, id: 1, error: { message: 'x' } }, 'error'],
  ])('rejects %s', (_, message, path) => {
    expect(shapeErrors(message).map((error) => error.path)).toEqual([path]);
  });

  test('includes the item in the error paths of a batch', () => {
    expect(shapeErrors({ ...base, id: null, method: 'ping' }, '[3]')[0]!.path).toBe('[3].id');
  });
});
