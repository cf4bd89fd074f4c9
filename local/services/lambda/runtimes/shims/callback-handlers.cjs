'use strict';
// Runs handlers as the Node.js runtimes before 24 do: with a callback, and with context.done(), succeed() and fail(). AWS's runtime client for
// Node.js 24, which runs all functions here, does neither.
const { format } = require('node:util');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
/** Signs in the source of a handler that it responds through the context or its arguments. */
const RESPONDS_LATER = /\.(done|succeed|fail)\b|\barguments\b/;

/** Returns a handler for the runtime client, which returns a promise and has two parameters. */
module.exports = function adapt(handler) {
  if (handler[STREAMING]) return handler;
  const respondsLater = handler.length >= 3 || RESPONDS_LATER.test(Function.prototype.toString.call(handler));
  return (event, context) =>
    new Promise((resolve, reject) => {
      const done = (error, result) =>
        error ? reject(error instanceof Error ? error : failure(error)) : resolve(result);
      const methods = { done, succeed: resolve, fail: (error) => done(error ?? 'null') };
      const result = handler(event, Object.assign(context, methods, { callbackWaitsForEmptyEventLoop: true }), done);
      if (typeof result?.then === 'function') return resolve(result);
      if (result !== undefined) {
        console.warn(
          'the value that the handler returned is ignored: only async handlers return values before Node.js 24',
        );
      }
      if (!respondsLater) resolve(null);
    });
};

/** Returns an error with the message of a string, as `callback('message')` reports it. */
function failure(value) {
  const error = new Error(typeof value === 'string' ? value : format(value));
  error.name = typeof value === 'string' ? 'string' : 'object';
  return error;
}
