import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exportLines } from '../../../local/report/export-lines.js';
import { stateDirectory } from '../../../local/state/directory.js';
import { projectMaterial, userSeed } from '../../../local/state/key-material.js';
import { credentialsOf, type RunningRunner, recordRunner, runnerAt, runnerOf } from '../../../local/state/running.js';

const temporary = mkdtempSync(join(tmpdir(), 'state-test-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe('stateDirectory', () => {
  it.each<[NodeJS.ProcessEnv, NodeJS.Platform, string]>([
    [{ HOME: '/home/jo' }, 'linux', '/home/jo/.local/state/mcp-lambda'],
    [{ HOME: '/home/jo', XDG_STATE_HOME: '/state' }, 'linux', '/state/mcp-lambda'],
    [{ HOME: '/Users/jo' }, 'darwin', '/Users/jo/.local/state/mcp-lambda'],
  ])('%j on %s is %s', (env, platform, directory) => expect(stateDirectory(env, platform)).toBe(directory));
});

describe('keys', () => {
  const directory = join(temporary, 'keys');

  it('are the same at each start of a project, and differ between projects, owners and users', () => {
    const key = (seed: Buffer, project: string, owner: string) =>
      projectMaterial(seed, project)(owner, 38).toString('hex');
    const seed = userSeed(directory);
    const first = key(seed, '/orders', 'user/admin');
    expect(key(userSeed(directory), '/orders', 'user/admin')).toBe(first);
    expect(key(seed, '/billing', 'user/admin')).not.toBe(first);
    expect(key(seed, '/orders', 'role/Agent/local')).not.toBe(first);
    expect(key(userSeed(join(temporary, 'other')), '/orders', 'user/admin')).not.toBe(first);
  });

  it.skipIf(process.platform === 'win32')('come from a file that only the user can read', () => {
    userSeed(directory);
    expect(statSync(join(directory, 'seed')).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('need a valid seed', () => {
    const broken = join(temporary, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'seed'), 'x');
    expect(() => userSeed(broken)).toThrow(/does not contain a seed: delete the file$/);
  });
});

const mcp = 'http://127.0.0.1:3001/prod/mcp';
const admin = { accessKeyId: 'AKIA', secretAccessKey: 's' };
const agent = { accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't' };
const runner: RunningRunner = {
  pid: process.pid,
  cwd: temporary,
  startedAt: 1,
  region: 'eu-west-1',
  awsEndpointUrl: 'http://127.0.0.1:3201',
  enforceAuth: false,
  servers: [{ name: 'orders', url: '', mcp, register: '', apiKeys: [], authorization: 'AWS_IAM' }],
  admin,
  roles: [{ path: 'Orders/Agent', arn: 'arn:aws:iam::123456789012:role/Orders-Agent1', credentials: agent }],
};

describe('the record of a runner', () => {
  const directory = join(temporary, 'records');

  it('is found from its directory, from those below it, and by its URL, until it is removed', () => {
    const remove = recordRunner(directory, runner);
    mkdirSync(join(temporary, 'src'));
    for (const cwd of [temporary, join(temporary, 'src')]) expect(runnerOf(directory, cwd)?.region).toBe('eu-west-1');
    expect(runnerOf(directory, tmpdir())).toBeUndefined();
    expect(runnerAt(directory, mcp)?.server.name).toBe('orders');
    expect(runnerAt(directory, mcp.replace('127.0.0.1', 'localhost'))).toBeDefined();
    expect(runnerAt(directory, new URL('/', mcp).href)?.server.mcp).toBe(mcp);
    expect(runnerAt(directory, new URL('/mcp', mcp).href)?.server.mcp).toBe(mcp);
    expect(runnerAt(directory, `${mcp}/billing`)?.server.mcp).toBe(mcp);
    expect(runnerAt(directory, new URL('/mcp/billing', mcp).href)?.server.mcp).toBe(mcp);
    expect(runnerAt(directory, new URL('/other/mcp', mcp).href)).toBeUndefined();
    expect(runnerAt(directory, 'http://127.0.0.1:3002/prod/mcp')).toBeUndefined();
    remove();
    expect(runnerOf(directory, temporary)).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('is readable by the user only', () => {
    const remove = recordRunner(directory, runner);
    expect(statSync(join(directory, 'runners', `${process.pid}.json`)).mode & 0o777).toBe(0o600);
    remove();
  });

  it('is ignored and removed after its runner was killed', () => {
    recordRunner(directory, { ...runner, pid: 2 ** 22 + 1 });
    expect(runnerOf(directory, temporary)).toBeUndefined();
    expect(readdirSync(join(directory, 'runners'))).toEqual([]);
  });
});

describe('credentialsOf', () => {
  it.each(['Orders/Agent', 'Orders-Agent1', runner.roles[0]!.arn])('finds a role by %s', (name) => {
    expect(credentialsOf(runner, name)).toBe(agent);
  });

  it('finds admin, and lists the roles for another name', () => {
    expect(credentialsOf(runner, 'admin')).toBe(admin);
    expect(() => credentialsOf(runner, 'Agent')).toThrow(
      'role "Agent" is not part of the app: pass Orders/Agent, admin',
    );
  });
});

describe('exportLines', () => {
  it('sets keys, region and endpoint, and removes what has precedence', () => {
    expect(exportLines({ ...runner, credentials: agent })).toEqual([
      'export AWS_ACCESS_KEY_ID=ASIA',
      'export AWS_SECRET_ACCESS_KEY=s',
      'export AWS_SESSION_TOKEN=t',
      'unset AWS_PROFILE',
      'export AWS_REGION=eu-west-1',
      'export AWS_DEFAULT_REGION=eu-west-1',
      'export AWS_ENDPOINT_URL=http://127.0.0.1:3201',
    ]);
    expect(exportLines({ ...runner, credentials: admin })).toContain('unset AWS_SESSION_TOKEN');
  });
});
