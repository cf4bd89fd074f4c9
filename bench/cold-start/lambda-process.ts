import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';

/** AWS's runtime client, with the shim of the local runner in place of its native addon. */
const RUNTIME = resolve('assets/cli/runtime');
/** More options of the measured processes, such as `--cpu-prof`. */
const NODE_OPTIONS = process.env.BENCH_NODE_OPTIONS?.split(' ') ?? [];
const PREFIX = '/2018-06-01/runtime/invocation';
/** Separates status and headers from the body of a streamed response. */
const PRELUDE_END = '\0'.repeat(8);

/** What a process has used since its start. */
export interface Usage {
  /** Processor time of all its threads, user and system, milliseconds. */
  readonly cpuMs: number;
  /** Resident memory, MiB. */
  readonly rssMb: number;
}

/** A new process that runs a bundled function with AWS's runtime client, and its Runtime API. One invocation at a time. */
export class LambdaProcess {
  /** Resolves when the function is initialized. */
  readonly ready: Promise<void>;
  private initialized = () => {};
  private waiting: ServerResponse | undefined;
  private payload: string | undefined;
  private settle: ((result: APIGatewayProxyResult) => void) | undefined;

  private constructor(
    private readonly server: Server,
    private readonly child: ChildProcess,
    private readonly usages: AsyncIterator<string>,
    private readonly lines: Interface,
  ) {
    this.ready = new Promise((resolve, reject) => {
      this.initialized = resolve;
      child.once('exit', (code) => reject(new Error(`the function did not start: exit status ${code}`)));
    });
    server.on('request', (request, response) => void this.handle(request, response));
  }

  /** @param directory the folder with the function's `index.mjs` */
  static async start(directory: string, env: Record<string, string>): Promise<LambdaProcess> {
    const server = createServer({ keepAliveTimeout: 0 });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const files = [resolve('bench/cold-start/usage.cjs'), join(RUNTIME, 'ric-shim.cjs')];
    const child = spawn(
      process.execPath,
      [...NODE_OPTIONS, ...files.flatMap((file) => ['--require', file]), join(RUNTIME, 'index.mjs')],
      {
        cwd: directory,
        env: {
          PATH: process.env.PATH ?? '',
          ...env,
          AWS_LAMBDA_FUNCTION_NAME: 'bench',
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
          AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/bench',
          AWS_LAMBDA_LOG_STREAM_NAME: 'bench',
          AWS_LAMBDA_LOG_FORMAT: 'JSON',
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
          LAMBDA_TASK_ROOT: resolve(directory),
          _HANDLER: 'index.handler',
        },
        stdio: ['pipe', process.env.BENCH_STDOUT ? 'inherit' : 'ignore', 'inherit', 'pipe'],
      },
    );
    const lines = createInterface(child.stdio[3] as Readable);
    return new LambdaProcess(server, child, lines[Symbol.asyncIterator](), lines);
  }

  get pid(): number {
    return this.child.pid!;
  }

  invoke(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    this.payload = JSON.stringify(event);
    this.deliver();
    return new Promise((settle) => {
      this.settle = settle;
    });
  }

  async usage(): Promise<Usage> {
    this.child.kill('SIGUSR2');
    return JSON.parse((await this.usages.next()).value) as Usage;
  }

  async stop(): Promise<void> {
    const exited = new Promise((exit) => this.child.once('exit', exit));
    this.child.kill('SIGTERM'); // runs to its end, so that `--cpu-prof` writes its profile
    await exited;
    this.lines.close();
    this.server.closeAllConnections();
    this.server.close();
  }

  private deliver(): void {
    if (!this.waiting || this.payload === undefined) return;
    this.waiting.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': randomUUID(),
      'lambda-runtime-deadline-ms': Date.now() + 29_000,
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:bench',
    });
    this.waiting.end(this.payload);
    this.waiting = undefined;
    this.payload = undefined;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === `${PREFIX}/next`) {
      this.waiting = response;
      this.initialized();
      return this.deliver();
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    response.writeHead(202, { 'content-type': 'application/json' });
    response.end('{}');
    if (!request.url?.endsWith('/response')) throw new Error(`the function failed: ${body}`);
    const [head, ...rest] = body.split(PRELUDE_END);
    const result = JSON.parse(head!) as APIGatewayProxyResult;
    this.settle?.(rest.length === 0 ? result : { ...result, body: rest.join(PRELUDE_END) });
  }
}
