import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { App, type Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type Runner, type RunnerOptions, startRunner } from '../../../local/runner.js';
import { McpLambdaServer } from '../../../src';

/** A CDK app that runs on the local runner, with an MCP client. */
export interface RunningCdkApp extends AsyncDisposable {
  readonly runner: Runner;
  readonly notices: readonly string[];
  readonly progress: readonly string[];
  /** Calls a tool. Returns its text, with `error: ` before it if the call failed. */
  call(tool: string, args?: Record<string, unknown>): Promise<string>;
  /** Why a resource does not run here, by part of its construct path. */
  reasonOf(path: string): string | undefined;
}

/** Synthesises an app and runs it. */
export async function runCdkApp(
  define: (app: App) => void,
  options: Partial<RunnerOptions> = {},
): Promise<RunningCdkApp> {
  const outdir = mkdtempSync(join(tmpdir(), 'app-'));
  // the context of the CDK command line: construct paths, and bundling only where a test needs it
  const app = new App({
    outdir,
    context: { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true },
  });
  define(app);
  app.synth();
  const notices: string[] = [];
  const progress: string[] = [];
  const runner = await startRunner({
    app: outdir,
    port: 0,
    onNotice: (text) => notices.push(text),
    onProgress: (text) => progress.push(text),
    ...options,
  });
  const client = new Client({ name: 'apps', version: '1.0.0' });
  if (runner.servers[0]) await client.connect(new StreamableHTTPClientTransport(new URL(runner.servers[0].mcp)));
  return {
    runner,
    notices,
    progress,
    async call(tool, args = {}) {
      const { content, isError } = await client.callTool({ name: tool, arguments: args });
      const [{ text }] = content as Array<{ text: string }>;
      return `${isError ? 'error: ' : ''}${text}`;
    },
    reasonOf: (path) => runner.notRun.find((each) => each.path.includes(path))?.reason,
    async [Symbol.asyncDispose]() {
      await client.close();
      await runner.close();
      rmSync(outdir, { recursive: true, force: true });
    },
  };
}

/** Defines a function with inline code that returns an expression of `event` and `process.env`. */
export function returning(
  scope: Construct,
  id: string,
  expression: string,
  props: Partial<lambda.FunctionProps> = {},
): lambda.Function {
  return new lambda.Function(scope, id, {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(`exports.handler = async (event) => ${expression};`),
    ...props,
  });
}

/** Defines a server with one tool for each function. */
export function serve(stack: Stack, tools: Record<string, lambda.IFunction>): McpLambdaServer {
  const server = new McpLambdaServer(stack, 'Mcp', { legacySse: false });
  for (const [name, handler] of Object.entries(tools)) server.addTool(handler, { name });
  return server;
}
