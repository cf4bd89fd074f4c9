import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type Runner, type RunnerOptions, startRunner } from '../../../local/runner';
import { McpClientFeature, McpEvent, McpLambdaServer, type McpLambdaServerProps, McpSchema } from '../../../src';

/** The parts of the test app that `extend` can add to. */
export interface FixtureApp {
  readonly stack: Stack;
  readonly server: McpLambdaServer;
  /** Creates or returns the function for a handler of test/e2e/app/functions.mjs. */
  fn(handler: string): lambda.Function;
}

export interface FixtureOptions extends Omit<RunnerOptions, 'app'> {
  /** Properties of the server, or a function that creates them if they need a construct. */
  readonly server?: McpLambdaServerProps | ((stack: Stack) => McpLambdaServerProps);
  /** Additional environment variables of the SSE function, such as a shorter session limit. */
  readonly sseEnvironment?: Record<string, string>;
  readonly extend?: (app: FixtureApp) => void;
}

/** The synthesised test app on the local runner. */
export interface Fixture extends AsyncDisposable {
  readonly runner: Runner;
  readonly mcpUrl: URL;
  readonly sseUrl: URL;
  readonly messageUrl: URL;
  readonly registerUrl: URL;
  /** Returns the ARN of the function for a handler. */
  functionArn(handler: string): string;
  /** Lines that the handlers recorded. */
  journal(): string[];
}

/** Synthesises the test app and runs its template. */
export async function startFixture({
  server,
  sseEnvironment,
  extend,
  ...options
}: FixtureOptions = {}): Promise<Fixture> {
  const directory = mkdtempSync(join(tmpdir(), 'e2e-'));
  const journal = join(directory, 'journal');
  const app = new App({ outdir: join(directory, 'cdk.out') });
  defineApp(app, journal, server, sseEnvironment, extend);
  app.synth();
  const runner = await startRunner({ app: join(directory, 'cdk.out'), port: 0, ...options });
  const [{ mcp, sse, message, register }] = runner.servers;
  return {
    runner,
    mcpUrl: new URL(mcp),
    sseUrl: new URL(sse ?? mcp),
    messageUrl: new URL(message ?? mcp),
    registerUrl: new URL(register),
    functionArn: (handler) => runner.functions.find((f) => f.handler === `functions.${handler}`)!.arn,
    journal: () => (existsSync(journal) ? readFileSync(journal, 'utf8').trim().split('\n') : []),
    [Symbol.asyncDispose]: () => runner.close(),
  };
}

function defineApp(
  app: App,
  journal: string,
  props: FixtureOptions['server'] = {},
  sseEnvironment: Record<string, string> = {},
  extend: (app: FixtureApp) => void = () => {},
): void {
  const stack = new Stack(app, 'E2e');
  const server = new McpLambdaServer(stack, 'Mcp', {
    serverName: 'e2e',
    ...(typeof props === 'function' ? props(stack) : props),
  });
  for (const [name, value] of Object.entries(sseEnvironment)) server.sseFunction?.addEnvironment(name, value);

  const functions = new Map<string, lambda.Function>();
  const fn = (handler: string) => {
    const existing = functions.get(handler);
    if (existing) return existing;
    const created = new lambda.Function(stack, handler, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: `functions.${handler}`,
      code: lambda.Code.fromAsset(join(import.meta.dirname, '..', 'app')),
      timeout: Duration.seconds(60),
      environment: { JOURNAL: journal },
    });
    functions.set(handler, created);
    return created;
  };

  const object = (properties: Record<string, object>) =>
    McpSchema.fromObject({
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    });
  server.addTool(fn('echo'), { name: 'echo', inputSchema: object({ message: { type: 'string' } }) });
  server.addTool(fn('record'), { name: 'record', inputSchema: object({ n: { type: 'integer' } }) });
  server.addTool(fn('slow'), {
    name: 'slow',
    inputSchema: object({ seconds: { type: 'number' } }),
    timeout: Duration.seconds(60),
  });
  server.addTool(fn('slow'), {
    name: 'slow_with_timeout',
    inputSchema: object({ seconds: { type: 'number' } }),
    timeout: Duration.seconds(1),
  });
  server.addTool(fn('crash'), { name: 'crash' });
  server.addTool(fn('fail'), { name: 'fail' });
  server.addTool(fn('structured'), {
    name: 'weather',
    inputSchema: object({ city: { type: 'string' } }),
    outputSchema: object({ city: { type: 'string' }, celsius: { type: 'number' } }),
  });
  server.addTool(fn('reflect'), { name: 'reflect', event: McpEvent.request() });
  server.addTool(fn('ask'), { name: 'ask', event: McpEvent.request(), asksClient: [McpClientFeature.ELICITATION] });
  server.addResource(fn('documents'), { name: 'readme', uri: 'docs://readme', mimeType: 'text/plain' });
  server.addResourceTemplate(fn('documents'), {
    name: 'page',
    uriTemplate: 'docs://pages/{page}',
    mimeType: 'text/plain',
  });
  server.addPrompt(fn('greeting'), {
    name: 'greeting',
    arguments: [{ name: 'name', required: true }, { name: 'tone' }],
    completions: { tone: ['formal', 'friendly'] },
  });
  extend({ stack, server, fn });
}
