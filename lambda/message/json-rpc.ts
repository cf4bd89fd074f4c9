import { idProblem } from '../shared/exact-message.js';
import type { ErrorDetail } from '../shared/http.js';
import { isObject } from '../shared/json.js';

/**
 * Checks the form of a JSON-RPC message. Returns the errors, or an empty array.
 *
 * @param path the message's path in the body
 */
export function shapeErrors(message: unknown, path = ''): ErrorDetail[] {
  if (!isObject(message)) return [{ path, message: 'must be a JSON object' }];
  const errors: ErrorDetail[] = [];
  const inexact = idProblem(message);
  const check = (valid: boolean, key: string, rule: string) => {
    if (!valid) errors.push({ path: path ? `${path}.${key}` : key, message: rule });
  };
  const idRule = inexact?.path === 'id' ? `must be ${inexact.rule}` : 'must be a string or an integer';
  check(message.jsonrpc === '2.0', 'jsonrpc', 'must be "2.0"');
  if (inexact && inexact.path !== 'id') check(false, inexact.path, `must be ${inexact.rule}`);
  if ('method' in message) {
    check(typeof message.method === 'string' && message.method !== '', 'method', 'must be a non-empty string');
    check(!('id' in message) || isId(message.id), 'id', idRule);
    check(!('params' in message) || isObject(message.params), 'params', 'must be an object');
    check(!('result' in message) && !('error' in message), 'method', 'cannot be combined with result or error');
  } else if ('result' in message) {
    check(isId(message.id), 'id', idRule);
    check(isObject(message.result), 'result', 'must be an object');
    check(!('error' in message), 'error', 'cannot be combined with result');
  } else if ('error' in message) {
    check(message.id === undefined || message.id === null || isId(message.id), 'id', idRule);
    check(isError(message.error), 'error', 'must be an object with an integer code and a message');
  } else {
    check(false, 'method', 'is required (or result or error for a response)');
  }
  return errors;
}

function isId(value: unknown): boolean {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function isError(value: unknown): boolean {
  return isObject(value) && Number.isInteger(value.code) && typeof value.message === 'string';
}
