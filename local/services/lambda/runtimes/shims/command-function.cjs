'use strict';
// A function that a command implements: each invocation starts the command, which reads the event from standard input and writes the response to
// standard output. Lines on standard error are logs.
const { spawn } = require('node:child_process');
const { createInterface } = require('node:readline');

const command = process.env.LOCAL_COMMAND;
const cwd = process.env.LOCAL_COMMAND_DIRECTORY;
/** The last line of a traceback in Python, or the first of an error in Node.js. */
const ERROR_LINE = /^(?:Uncaught )?([A-Za-z_][\w.]*(?:Error|Exception)): (.*)$/;

exports.handler = (event) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, cwd, stdio: 'pipe', windowsHide: true });
    const output = [];
    const errors = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    createInterface({ input: child.stderr }).on('line', (line) => {
      errors.push(line);
      console.log(line);
    });
    child.stdin.on('error', () => {}); // the command does not read the event
    child.stdin.end(JSON.stringify(event));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(parsed(Buffer.concat(output).toString('utf8')));
      else reject(failure(errors, signal ? `signal ${signal}` : `exit code ${code}`));
    });
  });

/** The response: JSON, or else text. */
function parsed(output) {
  if (output.trim() === '') return null;
  try {
    return JSON.parse(output);
  } catch {
    return output.replace(/\r?\n$/, '');
  }
}

/** The error that the command printed, or else its last line. */
function failure(lines, end) {
  const [, name, message] = ERROR_LINE.exec(lines.findLast((line) => ERROR_LINE.test(line)) ?? '') ?? [];
  const last = lines.findLast((line) => line.trim() !== '');
  const error = new Error(message ?? `${command} failed (${end})${last ? `: ${last}` : ''}`);
  if (name) error.name = name.split('.').at(-1);
  error.stack = `${error.name}: ${error.message}`; // the stack of this file says nothing about the command
  return error;
}
