import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { mcpUrl, toolsetUrl } from '../connect/mcp-url.js';
import type { McpServerInfo } from '../mcp-servers.js';
import type { Credentials } from '../services/iam/service.js';

/** A role of the app, with the credentials of a session. */
export interface RoleCredentials {
  /** Construct path, such as `Orders/Agent`. */
  readonly path: string;
  readonly arn: string;
  readonly credentials: Credentials;
}

/** A runner that runs on this machine, as other commands find it. */
export interface RunningRunner {
  readonly pid: number;
  /** Directory in which it was started. */
  readonly cwd: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly region: string;
  readonly awsEndpointUrl: string;
  readonly enforceAuth: boolean;
  /** The role of `--as`. */
  readonly as?: string;
  readonly servers: readonly McpServerInfo[];
  readonly admin: Credentials;
  readonly roles: readonly RoleCredentials[];
}

/** The name of the user with `AdministratorAccess`, where a role is expected. */
export const ADMIN = 'admin';

/**
 * Records a runner, so that `mcp-lambda add`, `connect --as` and `local --env` find it. Only the user can read the file.
 * @returns the function that removes the record
 */
export function recordRunner(directory: string, runner: RunningRunner): () => void {
  const folder = join(directory, 'runners');
  const file = join(folder, `${runner.pid}.json`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify({ ...runner, cwd: realPath(runner.cwd) }), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/** Lists the runners that run, the newest first. Removes the records of runners that were killed. */
function runningRunners(directory: string): RunningRunner[] {
  const folder = join(directory, 'runners');
  const runners = filesIn(folder).flatMap((name): RunningRunner[] => {
    const file = join(folder, name);
    const runner = read(file);
    if (runner && isRunning(runner.pid)) return [runner];
    rmSync(file, { force: true });
    return [];
  });
  return runners.sort((a, b) => b.startedAt - a.startedAt);
}

/** Finds the newest runner that was started in a directory, or in one above it. */
export function runnerOf(directory: string, cwd: string): RunningRunner | undefined {
  const here = realPath(cwd);
  return runningRunners(directory).find((runner) => {
    const path = relative(runner.cwd, here);
    return path === '' || (!path.startsWith('..') && !/^[A-Za-z]:/.test(path));
  });
}

/** Finds the runner that serves the URL of a server or of a toolset, and the server. Each server has a port, so its address without the stage is enough. */
export function runnerAt(directory: string, url: string): { runner: RunningRunner; server: McpServerInfo } | undefined {
  const { port, pathname } = toolsetUrl(mcpUrl(url), undefined);
  for (const runner of runningRunners(directory)) {
    const server = runner.servers.find(({ mcp }) => {
      const address = new URL(mcp);
      return address.port === port && [address.pathname, '/mcp'].includes(pathname);
    });
    if (server) return { runner, server };
  }
  return undefined;
}

/**
 * Returns the credentials of a role of a runner, or of its user `admin`.
 * @param name construct path, name or ARN of the role
 * @throws if the app has no such role
 */
export function credentialsOf(runner: Pick<RunningRunner, 'admin' | 'roles'>, name: string): Credentials {
  if (name === ADMIN) return runner.admin;
  const found = runner.roles.find(({ path, arn }) => [path, arn, arn.split('/').at(-1)].includes(name));
  if (found) return found.credentials;
  const paths = runner.roles.map(({ path }) => path).sort();
  throw new Error(`role "${name}" is not part of the app: pass ${[...paths, ADMIN].join(', ')}`);
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

function read(file: string): RunningRunner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunningRunner;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
