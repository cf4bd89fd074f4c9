import { join } from 'node:path';
import { App, Duration, Stack, Tags } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { McpLambdaServer } from '../../src/mcp-lambda-server.js';
import { ENV } from '../../src/private/contract.js';
import { McpSchema } from '../../src/schema.js';
import { McpTaskSupport } from '../../src/tool.js';

interface AppOptions {
  /** File in which the handlers record their runs. */
  readonly journal: string;
  readonly sessions: number;
  readonly sessionSeconds: number;
  /** Interval of the server's pings, by which it notices that a client has left. */
  readonly pingSeconds: number;
}

/** The sweep runs as if this time had passed: it deletes queues without a record after 16 minutes. */
const SWEEP_AFTER_MS = 1_200_000;

/** Prints the heap of the process on SIGUSR2, after a garbage collection. */
const MEASURE = `
  import { setFlagsFromString } from 'node:v8';
  import { runInNewContext } from 'node:vm';
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  process.on('SIGUSR2', () => {
    collect();
    const { heapUsed, rss } = process.memoryUsage();
    console.log('soak memory ' + heapUsed + ' ' + rss);
  });`;
/** Sets the clock of the function's code ahead, but not that of the runtime, which computes the remaining time of the invocation. */
const LATER = `
  const now = Date.now;
  Date.now = () => {
    const [, , caller] = new Error().stack.split('\\n');
    return now() + (caller.includes('/runtime/index.mjs') ? 0 : ${SWEEP_AFTER_MS});
  };`;

/** Synthesises the app of the soak test. Returns the directory of the assembly. */
export function synthesise(directory: string, { journal, sessions, sessionSeconds, pingSeconds }: AppOptions): string {
  const outdir = join(directory, 'cdk.out');
  const app = new App({ outdir, context: { 'aws:cdk:enable-path-metadata': true } });
  const stack = new Stack(app, 'Soak');
  const server = new McpLambdaServer(stack, 'Mcp', {
    serverName: 'soak',
    limits: { sessions, tasks: 10_000, httpSessionsPerHour: 1_000_000 },
    maxSessionDuration: Duration.seconds(sessionSeconds),
    sessions: true,
    throttlingRateLimit: 10_000,
    throttlingBurstLimit: 5_000,
  });
  server.sseFunction!.addEnvironment(ENV.PING_SECONDS, String(pingSeconds));
  const fn = (handler: string) =>
    new lambda.Function(stack, handler, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: `index.${handler}`,
      code: lambda.Code.fromAsset(join(import.meta.dirname, 'functions')),
      timeout: Duration.seconds(30),
      environment: { JOURNAL: journal },
    });
  const inputSchema = McpSchema.fromObject({ type: 'object', properties: { n: { type: 'string' } }, required: ['n'] });
  const record = fn('record');
  Tags.of(record).add('mcp-server', 'soak'); // it is registered by API under more names
  server.addTool(record, { name: 'record', inputSchema, timeout: Duration.seconds(10) });
  // without a timeout, a task whose call is never answered works for 15 minutes
  const timeout = Duration.seconds(10);
  server.addTool(fn('work'), { name: 'work', inputSchema, timeout, taskSupport: McpTaskSupport.REQUIRED });
  const preload = (code: string) => `--import data:text/javascript,${encodeURIComponent(code)}`;
  for (const child of stack.node.findAll()) {
    if (!(child instanceof lambda.Function)) continue;
    const sweeps = child.node.id === 'SweeperFunction';
    child.addEnvironment('NODE_OPTIONS', preload(sweeps ? LATER : MEASURE));
  }
  app.synth();
  return outdir;
}
