'use strict';
// Adds file and line to syntax errors of the function's modules. Node.js prints them only for errors that end the process.
const { spawnSync } = require('node:child_process');
const Module = require('node:module');
const { relative } = require('node:path');
const { fileURLToPath } = require('node:url');

const LOCATION = /^(?:file:\/\/)?(\/.+|[A-Za-z]:\\.+):(\d+)$/m;

/** @param directory the code of the function */
module.exports = function trackModules(directory) {
  const loaded = [];
  Module.registerHooks?.({
    load(url, context, nextLoad) {
      if (url.startsWith('file:') && !url.includes('/node_modules/')) loaded.push(fileURLToPath(url));
      return nextLoad(url, context);
    },
  });

  /** Returns a syntax error with its location in the message and in the stack. */
  return function locate(error) {
    const stack = [error.stack, ...loaded.toReversed().map(compile)].find((each) => isLocated(each, error));
    if (stack === undefined) return error;
    const [, file, line] = LOCATION.exec(stack);
    error.message += ` (${relative(directory, file)}, line ${line})`;
    error.stack = stack;
    return error;
  };
};

function isLocated(stack, { message }) {
  return LOCATION.test(String(stack).split('\n', 1)[0]) && stack.includes(message);
}

/** Returns what Node.js prints about the syntax error in a file. */
function compile(file) {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', env: {} });
  return stderr.trimStart().replace(/\n\nNode\.js v.*\s*$/, '');
}
