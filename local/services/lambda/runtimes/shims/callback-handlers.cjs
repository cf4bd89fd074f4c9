'use strict';
// Runs handlers as the Node.js runtimes before 24 do: with a callback, and with context.done(), succeed() and fail(). AWS's runtime client for
// Node.js 24, which runs all functions here, does neither.
const { format } = require('node:util');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

/**
 * Returns a handler for the runtime client, which returns a promise and has two parameters. `onceLoopEmpty` calls a function once the event
 * loop is empty, which ends an invocation without a response, and returns a function that cancels this.
 */
module.exports = function adapt(handler, onceLoopEmpty) {
  if (handler[STREAMING]) return handler;
  return (event, context) =>
    new Promise((resolve, reject) => {
      let result;
      const cancel = onceLoopEmpty(() => {
        if (result !== undefined) {
          console.warn(
            'the value that the handler returned is ignored: only async handlers return values before Node.js 24',
          );
        }
        resolve(null);
      });
      const fail = (error) => {
        cancel();
        reject(error instanceof Error ? error : failure(error));
      };
      const succeed = (value) => {
        cancel();
        resolve(value);
      };
      const done = (error, value) => (error ? fail(error) : succeed(value));
      const methods = { done, succeed, fail: (error) => fail(error ?? 'null') };
      Object.assign(context, methods, { callbackWaitsForEmptyEventLoop: true });
      try {
        result = handler(event, context, done);
        if (typeof result?.then === 'function') succeed(result);
      } catch (error) {
        fail(error);
      }
    });
};

/** Returns an error with the message of a string, as `callback('message')` reports it. */
function failure(value) {
  const error = new Error(typeof value === 'string' ? value : format(value));
  error.name = typeof value === 'string' ? 'string' : 'object';
  return error;
}
