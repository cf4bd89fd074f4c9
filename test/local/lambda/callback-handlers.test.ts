import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBody } from '../../../local/services/forward.js';
import { takesCallback } from '../../../local/services/lambda/runtimes/callback-handlers.js';
import { startLambda, type TestLambda } from './support.js';

const CASES: ReadonlyArray<readonly [style: string, handler: string, response: unknown]> = [
  ['a callback', '(event, context, callback) => setTimeout(() => callback(null, event.a + 1), 5)', 2],
  ['a callback without a result', '(event, context, callback) => callback()', null],
  ['a callback with an error', "(event, context, callback) => callback(new TypeError('no'))", 'TypeError: no'],
  ['a callback with a text as error', "(event, context, callback) => callback('no')", 'string: no'],
  ['a promise beside the callback', 'async (event, context, callback) => event.a', 1],
  ['context.succeed()', 'function (event, context) { setTimeout(() => context.succeed(event.a), 5); }', 1],
  ['context.done()', "function (event, context) { context.done(null, 'done'); }", 'done'],
  ['context.fail()', "(event, context) => context.fail(new Error('no'))", 'Error: no'],
  ['arguments', 'function () { arguments[2](null, arguments[0].a); }', 1],
  ['two parameters and a promise', '(event, context) => Promise.resolve(context.functionName.length > 0)', true],
  ['a value that is not a promise, which Lambda ignores', '(event) => event.a', null],
  ['rest parameters', '(...args) => setTimeout(() => args[2](null, args[0].a), 5)', 1],
  ['an optional callback', '(event, context, callback = () => {}) => setTimeout(() => callback(null, event.a), 5)', 1],
  ['another function that calls context.succeed()', '(event, context) => void later(event, context)', 1],
  ['a callback after work in the thread pool', '(event, context, callback) => compress(callback)', 'gzip'],
  ['no call of its callback', '(event, context, callback) => { setTimeout(() => {}, 5); }', null],
  ['an exception', "(event, context, callback) => { throw new RangeError('no'); }", 'RangeError: no'],
];

/** Functions that the handlers of `CASES` call. */
const LIBRARY = `
const later = (event, context) => setTimeout(() => context.succeed(event.a), 5);
const compress = (callback) => require('node:zlib').gzip('x'.repeat(10_000_000), (error) => callback(error, 'gzip'));
`;

describe.each(['shared', 'lambda'] as const)('a Node.js handler, isolation %s', (isolation) => {
  let lambda: TestLambda;
  beforeAll(async () => {
    lambda = await startLambda(isolation);
  });
  afterAll(() => lambda.stop());
  const call = async (name: string) => {
    const { body } = await lambda.service.invoke(name, Buffer.from('{"a":1}'));
    const response = JSON.parse((await readBody(body)).toString() || 'null');
    return response?.errorType ? `${response.errorType}: ${response.errorMessage}` : response;
  };

  it.each(CASES)('responds in nodejs22.x with %s', async (_, handler, response) => {
    lambda.define('handler', { 'index.js': `${LIBRARY}exports.handler = ${handler};` }, { runtime: 'nodejs22.x' });
    expect(await call('handler')).toEqual(response);
  });

  it('responds to several invocations, at once and one after another', async () => {
    const handler = '(event, context, callback) => event.a && setTimeout(() => callback(null, event.a), 50)';
    lambda.define('several', { 'index.js': `exports.handler = ${handler};` }, { runtime: 'nodejs22.x' });
    const invoke = async (event: object) => {
      const { body } = await lambda.service.invoke('several', Buffer.from(JSON.stringify(event)));
      return JSON.parse((await readBody(body)).toString());
    };
    expect(await Promise.all([{ a: 1 }, {}, { a: 2 }, {}].map(invoke))).toEqual([1, null, 2, null]);
    expect(await invoke({})).toBe(null);
    expect(await invoke({ a: 3 })).toBe(3);
  });

  it('responds in nodejs20.x and as an ES module', async () => {
    lambda.define('esm', `export const handler = ${CASES[0]![1]};`, { runtime: 'nodejs20.x' });
    expect(await call('esm')).toBe(2);
  });

  it('is refused in nodejs24.x with a callback, which check() reports', async () => {
    lambda.define('modern', `export const handler = ${CASES[0]![1]};`);
    expect(await call('modern')).toMatch(/^Runtime\.CallbackHandlerDeprecated: ERROR: AWS Lambda has removed support/);
    expect(await lambda.service.check('modern')).toEqual({
      notice:
        'modern: nodejs24.x does not run handlers with a callback, on AWS either: make index.handler async, or use nodejs22.x',
    });
  });
});

describe('takesCallback', () => {
  it.each([
    ['exports.handler = (event, context, callback) => {}', true],
    ['exports.handler = function (e, c, cb) {}', true],
    ['exports.handler = function named(e, c, cb) {}', true],
    ['function handler(e, c, cb) {} exports.handler = handler', true],
    ['var handler=(e,c,t)=>{};export{handler}', true],
    ['module.exports = { handler: (e, c, cb) => cb() }', true],
    ['export const handler = async (event, context) => {}', false],
    ['export const handler = async (event) => other(1, 2, 3)', false],
    ['export const another = (a, b, c) => a', false],
    ['export const handler = middy(handle)', false],
  ])('inspects %s', (source, expected) => {
    expect(takesCallback(source, 'handler')).toBe(expected);
  });
});
