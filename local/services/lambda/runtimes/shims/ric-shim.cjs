'use strict';
// Preloaded (`node --require`) before AWS's runtime interface client (index.mjs of aws-lambda-ric), so that it runs unchanged on any platform:
// replaces its native addon with node:http, supports concurrent invocations in one process, provides `@aws-sdk/*` as on Lambda, and exits
// when the runner exits.
const { existsSync, readFileSync, realpathSync } = require('node:fs');
const http = require('node:http');
const Module = require('node:module');
const { delimiter, dirname, join } = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const concurrent = process.env.AWS_LAMBDA_MAX_CONCURRENCY !== undefined;

/** Returns a variable for this file, and removes it from the environment of the function. */
function take(name) {
  const value = process.env[name];
  delete process.env[name];
  return value;
}

// --- The native addon (libcurl) in plain JavaScript, with the same methods. ---

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

/** Exits: the Runtime API is gone, so the runner has stopped. */
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
let responded = Promise.resolve();
const poll = () => call('GET', `${invocations}next`).catch(exit);

/** Long polls of a process with concurrent invocations. With one, it would receive one invocation per round trip. */
const PARALLEL_POLLS = 16;
const received = [];
const receivers = [];
let polling = 0;

/** Returns the next invocation, of several long polls at a time. */
async function nextOfMany() {
  for (; polling < PARALLEL_POLLS; polling++) {
    void poll().then((invocation) => {
      polling--;
      const receiver = receivers.shift();
      if (receiver) receiver(invocation);
      else received.push(invocation);
    });
  }
  return received.shift() ?? new Promise((resolve) => receivers.push(resolve));
}

const nativeClient = {
  initializeClient() {},
  async next() {
    if (concurrent) return nextOfMany();
    await responded;
    return poll();
  },
  done(id, body) {
    responded = call('POST', `${invocations}${id}/response`, body).catch(exit);
  },
  error(id, body) {
    const headers = { 'lambda-runtime-function-error-type': errorTypeOf(body) };
    responded = call('POST', `${invocations}${id}/error`, body, headers).catch(exit);
  },
};

// --- Concurrent invocations in one process (AWS_LAMBDA_MAX_CONCURRENCY), on its main thread. ---

// The client opens streaming responses through an Agent with maxSockets 1, which would block a second concurrent stream.
if (concurrent) {
  const { Agent } = http;
  http.Agent = class extends Agent {
    constructor(options) {
      super(options?.maxSockets === 1 ? { ...options, maxSockets: Number.POSITIVE_INFINITY } : options);
    }
  };
}

// Libraries such as Powertools use `awslambda.InvokeStore` while a module is loaded, too. Outside an invocation it throws.
if (concurrent) {
  const outside = new Map();
  let awslambda;
  let invokeStore;
  const property = {
    configurable: true,
    enumerable: true,
    get: () => invokeStore,
    set(store) {
      invokeStore = store;
      if (!store) return;
      const { get, set } = store;
      store.get = (key) => (store.hasContext() ? get.call(store, key) : outside.get(key));
      store.set = (key, value) => {
        if (store.hasContext()) set.call(store, key, value);
        else outside.set(key, value);
      };
    },
  };
  Object.defineProperty(globalThis, 'awslambda', {
    configurable: true,
    enumerable: true,
    get: () => awslambda,
    set(value) {
      awslambda = Object.defineProperty({ ...value }, 'InvokeStore', property);
    },
  });
}

// Replacements for modules that apply to the client only.
const forClient = {
  './rapid-client.node': () => nativeClient,
  // In this mode the client runs handlers in worker threads, where process.exit(), process.chdir() and signals behave differently.
  'node:worker_threads': (original) => (concurrent ? { ...original, isMainThread: false } : original),
  // In this mode the client logs with writeSync(1), which throws EAGAIN on a full pipe.
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

// --- On Lambda, no package.json above the code decides whether a `.js` file is an ES module. Here, that of the app could. ---

const taskRoot = `${realpathSync(process.env.LAMBDA_TASK_ROOT ?? '.')}/`;

/** Whether a file of the function has no package.json in its code. */
function hasNoPackage(file) {
  if (!file.startsWith(taskRoot) || file.includes('/node_modules/')) return false;
  for (let directory = dirname(file); `${directory}/`.startsWith(taskRoot); directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return false;
  }
  return true;
}

/** Whether a source text compiles as a CommonJS module. */
function isCommonJs(source) {
  try {
    new Script(Module.wrap(source));
    return true;
  } catch {
    return false;
  }
}

const loadJs = Module._extensions['.js'];
Module._extensions['.js'] = (module, file) => {
  if (!hasNoPackage(file)) return loadJs(module, file);
  const source = readFileSync(file, 'utf8');
  return isCommonJs(source) ? module._compile(source, file, 'commonjs') : loadJs(module, file);
};
Module.registerHooks?.({
  load(url, context, nextLoad) {
    if (context.format !== 'module' || !url.startsWith('file:') || !url.endsWith('.js')) return nextLoad(url, context);
    const file = fileURLToPath(url);
    if (!hasNoPackage(file) || !isCommonJs(readFileSync(file, 'utf8'))) return nextLoad(url, context);
    return { format: 'commonjs', source: null, shortCircuit: true };
  },
});

// --- Handlers with a callback, which the client for Node.js 24 rejects. ---

/** Invocations that end when the event loop is empty. While there are any, connections to the Runtime API do not keep it alive. */
const waiting = new Set();

/** Calls a function once the event loop is empty. Returns a function that cancels this. */
function onceLoopEmpty(callback) {
  waiting.add(callback);
  referenceSockets();
  return () => {
    if (waiting.delete(callback)) referenceSockets();
  };
}

function referenceSockets() {
  for (const socket of Object.values(agent.sockets).flat()) referenceSocket(socket);
}

function referenceSocket(socket) {
  if (waiting.size > 0) socket.unref();
  else socket.ref();
}

const { createConnection, reuseSocket } = agent;
agent.createConnection = function (...args) {
  const socket = createConnection.apply(this, args);
  referenceSocket(socket);
  return socket;
};
agent.reuseSocket = function (socket, request) {
  reuseSocket.call(this, socket, request);
  referenceSocket(socket);
};
process.on('beforeExit', () => {
  const callbacks = [...waiting];
  waiting.clear();
  referenceSockets();
  for (const callback of callbacks) callback();
});

const [, version] = /nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? '') ?? [];
if (Number(version) < 24) {
  const adapt = require('./callback-handlers.cjs');
  patchClient(/(?<=const handler = )resolveHandler\(module, handlerName, handlerString\)/, (handler) =>
    adapt(handler, onceLoopEmpty),
  );
}

// --- Syntax errors with file and line. ---

patchClient(/(?<=throw new UserCodeSyntaxError\()err(?=\))/, require('./syntax-errors.cjs')(taskRoot));

/** Passes the value of an expression of the client through a function. */
function patchClient(expression, change) {
  const name = `local.${expression}`;
  globalThis[Symbol.for(name)] = change;
  Module.registerHooks?.({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (url !== pathToFileURL(client).href) return loaded;
      const call = (value) => `globalThis[Symbol.for(${JSON.stringify(name)})](${value})`;
      return { ...loaded, source: String(loaded.source).replace(expression, call) };
    },
  });
}

// --- Functions that run from a source directory of the app. These hooks run after those that follow. ---

if (take('_RUNTIME_SOURCE_DIRECTORY')) require('./source-directory.cjs')(process.env.LAMBDA_TASK_ROOT);

// --- The AWS SDK, which functions can expect in the runtime, and the content of layers. NODE_PATH is not sufficient: `import` ignores it. ---

const nodeModules = take('_RUNTIME_NODE_MODULES');
const layerModules = (process.env.NODE_PATH ?? '').split(delimiter).filter(Boolean);
const RUNTIME_PACKAGES = /^@(aws-sdk|smithy|aws-crypto)\//;
const BARE_SPECIFIER = /^(?!node:)(@|[\w])/;

/** Resolves a specifier as a module next to a `node_modules` directory would. */
function resolveFrom(directory, specifier, context, nextResolve) {
  const parent = join(dirname(directory), 'resolve.js');
  if (context.conditions?.includes('import')) {
    return nextResolve(specifier, { ...context, parentURL: pathToFileURL(parent).href });
  }
  // for require(), nextResolve() ignores a changed parentURL
  return { url: pathToFileURL(Module.createRequire(parent).resolve(specifier)).href, shortCircuit: true };
}

Module.registerHooks?.({
  resolve(specifier, context, nextResolve) {
    const inRuntime = RUNTIME_PACKAGES.test(specifier);
    const directories = [...layerModules, ...(inRuntime && nodeModules ? [nodeModules] : [])];
    if (!inRuntime && (directories.length === 0 || !BARE_SPECIFIER.test(specifier)))
      return nextResolve(specifier, context);
    try {
      return nextResolve(specifier, context);
    } catch (own) {
      if (own.code !== 'MODULE_NOT_FOUND' && own.code !== 'ERR_MODULE_NOT_FOUND') throw own;
      for (const directory of directories) {
        try {
          return resolveFrom(directory, specifier, context, nextResolve);
        } catch {
          // not in this directory
        }
      }
      if (!inRuntime) throw own;
      const name = specifier.split('/').slice(0, 2).join('/');
      const message = `cannot find ${specifier}: it is part of the Lambda runtime but not installed here; install it in your app (npm install --save-dev ${name}) or bundle it with the function`;
      throw Object.assign(new Error(message), { code: 'MODULE_NOT_FOUND' });
    }
  },
});

// --- Responses of custom resource providers. Their URLs have a port and no TLS here, which `cfn-response` and the CDK's functions ignore. ---

const https = require('node:https');
const { request: httpsRequest } = https;
const RESPONSE_PATH = '/cloudformation-response/';
https.request = function (...args) {
  const [target] = args;
  if (/^http:.*\/cloudformation-response\//.test(String(target))) return http.request(...args);
  const options = args.find((arg) => typeof arg === 'object' && arg !== null && !(arg instanceof URL)) ?? {};
  if (!String(options.path ?? options.pathname).startsWith(RESPONSE_PATH)) return httpsRequest.apply(this, args);
  const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL);
  const callback = args.find((arg) => typeof arg === 'function');
  return http.request({ ...options, protocol: 'http:', host: hostname, hostname, port, agent: undefined }, callback);
};
Module.syncBuiltinESMExports();

// --- Functions exit when the runner exits for any reason. ---

/** Kills all child processes, too: on POSIX, the environment is the leader of its own process group. */
function endProcessGroup() {
  if (process.platform === 'win32') return;
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // not the leader of a process group: started manually
  }
}

process.stdin.on('end', exit).on('error', exit).resume().unref();
// Ignores Ctrl-C: the runner still needs the functions while it deletes the stacks.
process.on('SIGINT', () => {});
