import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Credentials } from '../../../local/services/iam/service';
import type { Fixture } from './fixture';

const BIN = resolve('bin/mcp-lambda');

/** A finished command. */
export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
}

/** Runs `mcp-lambda` as a process, without AWS credentials of the machine. */
export async function mcpLambda(args: readonly string[], { env = {}, input, cwd }: RunOptions = {}): Promise<Finished> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      TMPDIR: process.env.TMPDIR,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    },
  });
  child.stdin.end(input);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, out, err };
}

/** The environment of a user with credentials of a runner. */
export function environmentOf({ runner }: Fixture, credentials: Credentials = runner.admin): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL: runner.awsEndpointUrl,
    AWS_REGION: runner.region,
  };
}

/** Output as the snapshots have it: without ports, ids, times and durations. */
export function stable(text: string): string {
  return text
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:3001')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:3001')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, '2026-11-26 12:00:00');
}
