import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Runner } from '../../../local/runner';
import type { Credentials } from '../../../local/services/iam/service';
import { recordRunner } from '../../../local/state/running';
import type { Fixture } from './fixture';

const BIN = resolve('bin/mcp-lambda');

/** State directories with the record of one runner each, by the port of its first server. */
const states = new Map<string, string>();

/** The environment of a user who did not start the runner: for its commands, it is a deployed server. */
export const OUTSIDE = { XDG_STATE_HOME: '/nonexistent' };

/** Records a runner as `mcp-lambda local` does, so that commands with its URL find it. */
export function announce(runner: Runner): void {
  const state = mkdtempSync(join(tmpdir(), 'state-'));
  const { region, awsEndpointUrl, servers, admin, roles } = runner;
  const record = { pid: process.pid, cwd: state, startedAt: Date.now(), enforceAuth: true };
  recordRunner(join(state, 'mcp-lambda'), { ...record, region, awsEndpointUrl, servers, admin, roles });
  states.set(new URL(servers[0]!.url).port, state);
}

/** Returns the state directory of the runner whose URL is among the arguments. */
export function stateOf(args: readonly string[]): Record<string, string> {
  const port = args.flatMap((arg) => (URL.canParse(arg) ? [new URL(arg).port] : [])).find((each) => states.has(each));
  return port === undefined ? OUTSIDE : { XDG_STATE_HOME: states.get(port)! };
}

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
      ...stateOf(args),
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
