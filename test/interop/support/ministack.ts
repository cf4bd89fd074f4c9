import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { venv } from './venv';

const run = promisify(execFile);
const ACCOUNT = '111122223333';
const REGION = 'us-east-1';
const START_MS = 60_000;

/** MiniStack, a third-party AWS emulator, on a free port of 127.0.0.1. */
export class MiniStack implements AsyncDisposable {
  /** @param options `auth`: whether it verifies signatures and evaluates policies */
  static async start({ auth = true }: { auth?: boolean } = {}): Promise<MiniStack> {
    const directory = mkdtempSync(join(tmpdir(), 'ministack-'));
    const port = await freePort();
    const child = spawn(join(venv('ministack'), 'ministack'), {
      env: {
        PATH: process.env.PATH, // functions run with the first `node`
        TMPDIR: directory,
        HOME: directory,
        BIND_HOST: '127.0.0.1', // the default is 0.0.0.0
        GATEWAY_PORT: String(port),
        AUTH: String(auth),
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        MINISTACK_ACCOUNT_ID: ACCOUNT,
        MINISTACK_REGION: REGION,
        SFTP_ENABLED: '0',
        IOT_MTLS_ENABLED: '0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (log += text));
    const stack = new MiniStack(
      `http://127.0.0.1:${port}`,
      directory,
      () => log,
      async () => {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill();
          await once(child, 'exit');
        }
      },
    );
    const deadline = Date.now() + START_MS;
    while (!(await stack.isReady())) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await stack[Symbol.asyncDispose]();
        throw new Error(`MiniStack did not start:\n${log}`);
      }
      await sleep(100);
    }
    return stack;
  }

  /** Configuration for AWS SDK clients, with the credentials of the root user. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };

  private constructor(
    readonly endpoint: string,
    private readonly directory: string,
    /** Its output so far. */
    readonly log: () => string,
    private readonly end: () => Promise<void>,
  ) {
    this.client = { endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  }

  /** Returns the version and the authentication mode. */
  async health(): Promise<{ readonly version: string; readonly auth: string }> {
    return (await fetch(`${this.endpoint}/_ministack/health`)).json() as Promise<any>;
  }

  /** Environment variables that isolate the CDK CLI from the machine. */
  get cdkEnvironment(): Record<string, string> {
    return {
      TMPDIR: this.directory,
      CDK_HOME: this.directory, // caches the account of each access key
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DISABLE_VERSION_CHECK: 'true',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** Returns a URL of an API stage that needs no DNS. */
  stageUrl(deployedUrl: string): string {
    const { host, pathname } = new URL(deployedUrl);
    const [, stage] = pathname.split('/');
    return `${this.endpoint}/restapis/${host.split('.')[0]}/${stage}/_user_request_`;
  }

  /**
   * Runs `cdk bootstrap` without the bucket policy, which denies requests without TLS. MiniStack enforces it.
   */
  async bootstrap(): Promise<void> {
    const template = JSON.parse(await this.cdk('bootstrap', '--show-template', '--json'));
    delete template.Resources.StagingBucketPolicy;
    const file = join(this.directory, 'bootstrap.json');
    writeFileSync(file, JSON.stringify(template));
    await this.cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`, '--template', file);
  }

  /** Runs the CDK CLI. Returns its standard output. */
  async cdk(...args: string[]): Promise<string> {
    const cli = resolve('node_modules/aws-cdk/bin/cdk');
    try {
      const { stdout } = await run(process.execPath, [cli, ...args, '--no-notices'], {
        cwd: this.directory,
        env: {
          PATH: process.env.PATH,
          AWS_ENDPOINT_URL: this.endpoint,
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_REGION: REGION,
          ...this.cdkEnvironment,
        },
        maxBuffer: 16 * 1024 * 1024,
      });
      return stdout;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new Error(`cdk ${args[0]} failed:\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  private isReady(): Promise<boolean> {
    return fetch(`${this.endpoint}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
