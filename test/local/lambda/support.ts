import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Faults } from '../../../local/services/faults/faults.js';
import { handleLambdaApi } from '../../../local/services/lambda/api.js';
import type { FunctionDefinition } from '../../../local/services/lambda/function.js';
import type { LogLine } from '../../../local/services/lambda/log-lines.js';
import type { RuntimesOptions } from '../../../local/services/lambda/runtimes/runtimes.js';
import { type Isolation, LambdaService } from '../../../local/services/lambda/service.js';
import { testRuntimes } from '../../support/runtime-dir.js';

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
export const arnOf = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;

/** A Lambda service with functions from source code, and an AWS SDK client. */
export interface TestLambda {
  readonly service: LambdaService;
  readonly client: LambdaClient;
  readonly logs: LogLine[];
  /** Defines a function from its source code, or from several files. */
  define(name: string, code: string | Record<string, string>, more?: Partial<FunctionDefinition>): FunctionDefinition;
  stop(): Promise<void>;
}

/** Starts a Lambda service. */
export async function startLambda(
  isolation: Isolation,
  runtimes: Partial<RuntimesOptions> = {},
  faults?: Faults,
): Promise<TestLambda> {
  const logs: LogLine[] = [];
  const service = new LambdaService({
    isolation,
    runtimes: testRuntimes(runtimes),
    faults,
    onLog: (line) => logs.push(line),
    accountId: ACCOUNT,
    region: REGION,
  });
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = req;
    await handleLambdaApi(service, { method, path: url, headers, body: Buffer.concat(chunks) }, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const client = new LambdaClient({
    region: REGION,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return {
    service,
    client,
    logs,
    define(name, code, more = {}) {
      const definition = defineFunction(name, code, more);
      service.define(definition);
      return definition;
    },
    async stop() {
      client.destroy();
      await service.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Writes the code of a function to a new directory. */
export function defineFunction(
  name: string,
  code: string | Record<string, string>,
  more: Partial<FunctionDefinition> = {},
): FunctionDefinition {
  const codeDir = mkdtempSync(join(tmpdir(), `${name}-`));
  for (const [file, text] of Object.entries(typeof code === 'string' ? { 'index.mjs': code } : code)) {
    mkdirSync(dirname(join(codeDir, file)), { recursive: true });
    writeFileSync(join(codeDir, file), text);
  }
  return {
    name,
    arn: arnOf(name),
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    codeDir,
    timeoutSeconds: 10,
    memoryMb: 128,
    environment: {},
    tags: {},
    roleArn: `arn:aws:iam::${ACCOUNT}:role/test`,
    ...more,
  };
}

/** Starts a process with a Lambda service, which invokes the function once and prints the response. */
export function startAsProcess(definition: FunctionDefinition, env: NodeJS.ProcessEnv = process.env): ChildProcess {
  const runner = join(mkdtempSync(join(tmpdir(), 'runner-')), 'runner.ts');
  const file = (path: string) => JSON.stringify(resolve(path));
  writeFileSync(
    runner,
    `import { LambdaService } from ${file('local/services/lambda/service.ts')};
     import { testRuntimes } from ${file('test/support/runtime-dir.ts')};
     const service = new LambdaService({ isolation: 'shared', runtimes: testRuntimes(), onLog: () => {}, accountId: '${ACCOUNT}', region: '${REGION}' });
     service.define(${JSON.stringify(definition)});
     process.on('SIGINT', () => {});
     service.invoke(${JSON.stringify(definition.name)}, Buffer.from('{}')).then(({ body }) => body.pipe(process.stdout, { end: false }));`,
  );
  return spawn(process.execPath, ['--import', 'tsx', runner], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    env,
  });
}

/** Whether a process exists. A zombie process counts until it is reaped. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
