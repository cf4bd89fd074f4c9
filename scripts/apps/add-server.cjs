'use strict';
// Preloaded into a CDK app: adds an MCP server before the app is synthesised, and a tool for each of its functions.
const { resolve } = require('node:path');

const root = resolve(__dirname, '../..');
const load = (name) => require(require.resolve(name, { paths: [root] }));
const { Stack, Stage, Token } = load('aws-cdk-lib');
const lambda = load('aws-cdk-lib/aws-lambda');
const { McpLambdaServer, McpTool } = load('./lib');

/** Functions that the CDK adds by itself. */
const PROVIDER = /Custom::|AWS679f|LogRetention|framework-|BucketNotificationsHandler|\$Handler|Provider\/handler/i;
const MAX_TOOL_NAME = 60;

const seen = new WeakSet();
const { synth } = Stage.prototype;
Stage.prototype.synth = function (...args) {
  const app = this.node.root; // pipelines synthesise stages before the app
  if (!seen.has(app)) {
    seen.add(app);
    addServer(app);
  }
  return synth.apply(this, args);
};

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
