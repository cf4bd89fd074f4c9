'use strict';
// Preloaded (`node --require`) before AWS's own runtime interface client (aws-lambda-ric's index.mjs), which it lets run
// unchanged wherever Node runs: its native addon is replaced by node:http, one process may serve many invocations,
// `@aws-sdk/*` is there as on Lambda, and the process never outlives the runner that started it.
const { realpathSync } = require('node:fs');
const http = require('node:http');
const Module = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const concurrent = process.env.AWS_LAMBDA_MAX_CONCURRENCY !== undefined;

/** Takes a variable that is meant for this file only out of the function's sight. */
function take(name) {
  const value = process.env[name];
  delete process.env[name];
  return value;
}

// --- The native addon (libcurl, to be compiled) as plain JavaScript: the same three calls. ---

const agent = new http.Agent({ keepAlive: true, maxSockets: concurrent ? 4096 : 2 });

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const content =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const options = { host, port, method, path, agent, headers: { ...content, ...headers } };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ headers: response.headers, bodyJson: Buffer.concat(chunks).toString('utf8') }),
      );
      response.on('error', reject);
    });
    request.on('error', reject).end(body);
  });
}

/** Without its Runtime API an environment has no reason to live. */
function exit() {
  endProcessGroup();
  process.exit(1);
}

function errorTypeOf(body) {
  try {
    return String(JSON.parse(body).errorType || 'Error').replace(/[^\x20-\x7e]/g, '?');
  } catch {
    return 'Error';
  }
}

const invocations = '/2018-06-01/runtime/invocation/';
let answered = Promise.resolve();
const nativeClient = {
  initializeClient() {},
  async next() {
    await answered;
    return call('GET', `${invocations}next`).catch(exit);
  },
  done(id, body) {
    answered = call('POST', `${invocations}${id}/response`, body).catch(exit);
  },
  error(id, body) {
    const headers = { 'lambda-runtime-function-error-type': errorTypeOf(body) };
    answered = call('POST', `${invocations}${id}/error`, body, headers).catch(exit);
  },
};

// --- Many invocations in one process (AWS_LAMBDA_MAX_CONCURRENCY), on its main thread. ---

// The client opens streaming responses through an Agent with maxSockets 1: the second stream at a time would never start.
if (concurrent) {
  const { Agent } = http;
  http.Agent = class extends Agent {
    constructor(options) {
      super(options?.maxSockets === 1 ? { ...options, maxSockets: Number.POSITIVE_INFINITY } : options);
    }
  };
}

// What the client, and nobody else, gets for these modules.
const forClient = {
  './rapid-client.node': () => nativeClient,
  // In this mode it would put handlers into worker threads, where process.exit(), process.chdir() and signals differ from Lambda's.
  'node:worker_threads': (original) => (concurrent ? { ...original, isMainThread: false } : original),
  // In this mode it logs with writeSync(1), which throws EAGAIN on a full pipe.
  'node:fs': (original) =>
    concurrent ? { ...original, writeSync: (_fd, line) => process.stdout.write(line) } : original,
};
const client = realpathSync(process.argv[1]);
const load = Module._load;
Module._load = function (request, parent, isMain) {
  const replace = parent?.filename === client && Object.hasOwn(forClient, request) && forClient[request];
  if (!replace) return load.call(this, request, parent, isMain);
  return replace(request.startsWith('node:') ? load.call(this, request, parent, isMain) : undefined);
};

// --- The AWS SDK, which functions may leave to the runtime. NODE_PATH would not do: `import` ignores it. ---

const nodeModules = take('_RUNTIME_NODE_MODULES');
const OF_THE_RUNTIME = /^@(aws-sdk|smithy|aws-crypto)\//;

function resolveFromRuntime(specifier, context, nextResolve) {
  if (!nodeModules) throw new Error('no SDK');
  const parent = join(nodeModules, 'resolve.js');
  if (context.conditions?.includes('import')) {
    return nextResolve(specifier, { ...context, parentURL: pathToFileURL(parent).href });
  }
  // nextResolve() for require() ignores another parentURL
  return { url: pathToFileURL(Module.createRequire(parent).resolve(specifier)).href, shortCircuit: true };
}

Module.registerHooks?.({
  resolve(specifier, context, nextResolve) {
    if (!OF_THE_RUNTIME.test(specifier)) return nextResolve(specifier, context);
    try {
      return nextResolve(specifier, context);
    } catch (own) {
      if (own.code !== 'MODULE_NOT_FOUND' && own.code !== 'ERR_MODULE_NOT_FOUND') throw own;
      try {
        return resolveFromRuntime(specifier, context, nextResolve);
      } catch {
        const name = specifier.split('/').slice(0, 2).join('/');
        const message = `cannot find ${specifier}: the function leaves it to the Lambda runtime, and nothing on this machine provides it; install it beside your app (npm install --save-dev ${name}) or bundle it with the function`;
        throw Object.assign(new Error(message), { code: 'MODULE_NOT_FOUND' });
      }
    }
  },
});

// --- The end of the runner is the end of its functions, however it came about. ---

/** What the function started goes with it: on POSIX the environment leads a process group of its own. */
function endProcessGroup() {
  if (process.platform === 'win32') return;
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // not a leader: started by hand
  }
}

process.stdin.on('end', exit).on('error', exit).resume().unref();
// Ctrl-C is the runner's business: functions are still needed while it tears the stack down.
process.on('SIGINT', () => {});
