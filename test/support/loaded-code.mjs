// Imports a bundled function, sends it the event of an environment variable, and prints the files and Node.js modules that it has loaded.
import { registerHooks } from 'node:module';
import { basename } from 'node:path';
import { PassThrough } from 'node:stream';

const files = [];
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) files.push(basename(url).replace(/-[A-Z0-9]{8}\.mjs$/, ''));
    return next(url, context);
  },
});
globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: { from: (stream) => stream },
};
const before = new Set(process.moduleLoadList);
const { handler } = await import(process.argv[2]);
const modules = process.moduleLoadList.filter((module) => !before.has(module));
if (process.env.TEST_EVENT) {
  const body = new PassThrough().resume();
  await handler(JSON.parse(process.env.TEST_EVENT), body, { getRemainingTimeInMillis: () => 10_000 });
}
process.stdout.write(`\n${JSON.stringify({ files, modules })}`);
process.exit();
