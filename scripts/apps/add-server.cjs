'use strict';
// Preloaded into a CDK app: adds an MCP server before the app is synthesised, and a tool for each of its functions.
const Module = require('node:module');
const { resolve } = require('node:path');

const root = resolve(__dirname, '../..');
/** The folder with the packages of the CDK: of this repository, or of jsii for an app in another language. */
let packages = root;
let Stack, Stage, Token, lambda, McpLambdaServer, McpTool;

const { _resolveFilename: resolveFilename, _load: loadModule } = Module;
/** The library uses the same CDK as the app. */
Module._resolveFilename = function (request, parent, isMain, options) {
  if (packages === root || !/^(aws-cdk-lib|constructs)(\/|$)/.test(request) || !parent?.filename?.startsWith(root))
    return resolveFilename.call(this, request, parent, isMain, options);
  return resolveFilename.call(this, request, parent, isMain, { paths: [packages] });
};
Module._load = function (request, ...args) {
  const loaded = loadModule.call(this, request, ...args);
  // the runtime of jsii loads the CDK from a folder that it creates
  const [, folder] = /^(.*jsii-kernel.*)[\\/]node_modules[\\/]aws-cdk-lib[\\/]index\.js$/.exec(request) ?? [];
  if (folder && packages === root) {
    packages = folder;
    patch();
  }
  return loaded;
};
if (process.env.ADD_SERVER_TO !== 'jsii') patch();

/** Functions that the CDK adds by itself. */
const PROVIDER = /Custom::|AWS679f|LogRetention|framework-|BucketNotificationsHandler|\$Handler|Provider\/handler/i;
const MAX_TOOL_NAME = 60;

const seen = new WeakSet();

function patch() {
  const load = (name) => require(require.resolve(name, { paths: [packages] }));
  ({ Stack, Stage, Token } = load('aws-cdk-lib'));
  lambda = load('aws-cdk-lib/aws-lambda');
  ({ McpLambdaServer, McpTool } = require(root));
  const { synth } = Stage.prototype;
  Stage.prototype.synth = function (...args) {
    const app = this.node.root; // pipelines synthesise stages before the app
    if (!seen.has(app)) {
      seen.add(app);
      addServer(app);
    }
    return synth.apply(this, args);
  };
}

function addServer(app) {
  const all = app.node.findAll().filter((construct) => construct instanceof lambda.Function);
  const functions = all.filter(({ node }) => !PROVIDER.test(node.path));
  if (functions.length === 0 || app.node.findAll().some((construct) => construct instanceof McpLambdaServer)) return;
  const home = Stack.of(functions[0]);
  const server = new McpLambdaServer(home, 'AddedMcpServer', { legacySse: false });
  const names = new Set();
  for (const handler of functions) {
    const stack = Stack.of(handler);
    if (!sameEnvironment(stack, home)) continue;
    const base = handler.node.path.replace(/[^\w-]+/g, '_').slice(-MAX_TOOL_NAME);
    const name = names.has(base) ? `${base.slice(0, -4)}_${names.size}` : base;
    names.add(name);
    const target = handler.node.defaultChild.durableConfig ? handler.currentVersion : handler;
    if (stack === home) server.addTool(target, { name });
    else new McpTool(stack, `Added${names.size}`, { server, handler: target, name });
  }
}

function sameEnvironment(a, b) {
  const equal = (x, y) => Token.isUnresolved(x) || Token.isUnresolved(y) || x === y;
  return equal(a.account, b.account) && equal(a.region, b.region) && Stage.of(a) === Stage.of(b);
}
