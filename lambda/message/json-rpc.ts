import type { ErrorDetail } from '../shared/http.js';
import type { JsonRpcObject } from '../sse/queue-message.js';

/** What is wrong with a JSON-RPC message by its shape; empty if nothing is. `path` is the message's place in the body. */
export function shapeErrors(message: unknown, path = ''): ErrorDetail[] {
  if (!isObject(message)) return [{ path, message: 'must be a JSON object' }];
  const errors: ErrorDetail[] = [];
  const check = (ok: boolean, key: string, rule: string) => {
    if (!ok) errors.push({ path: path ? `${path}.${key}` : key, message: rule });
  };
  check(message.jsonrpc === '2.0', 'jsonrpc', 'must be "2.0"');
  if ('method' in message) {
    check(typeof message.method === 'string' && message.method !== '', 'method', 'must be a non-empty string');
    check(!('id' in message) || isId(message.id), 'id', 'must be a string or an integer');
    check(!('params' in message) || isObject(message.params), 'params', 'must be an object');
    check(!('result' in message) && !('error' in message), 'method', 'must not stand beside result or error');
  } else if ('result' in message) {
    check(isId(message.id), 'id', 'must be a string or an integer');
    check(isObject(message.result), 'result', 'must be an object');
    check(!('error' in message), 'error', 'must not stand beside result');
  } else if ('error' in message) {
    check(message.id === undefined || message.id === null || isId(message.id), 'id', 'must be a string or an integer');
    check(isError(message.error), 'error', 'must be an object with an integer code and a message');
  } else {
    check(false, 'method', 'must be there, or result or error in a response');
  }
  return errors;
}

function isObject(value: unknown): value is JsonRpcObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): boolean {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function isError(value: unknown): boolean {
  return isObject(value) && Number.isInteger(value.code) && typeof value.message === 'string';
}
