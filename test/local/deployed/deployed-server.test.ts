import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DeployedServer } from '../../../local/deployed/deployed-server.js';
import { stateDirectory } from '../../../local/state/directory.js';
import { recordRunner } from '../../../local/state/running.js';

const MCP = 'http://127.0.0.1:3001/prod/mcp';
const agent = { accessKeyId: 'ASIAAGENT', secretAccessKey: 's', sessionToken: 't' };
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'deployed-server-'));
  vi.stubEnv('XDG_STATE_HOME', home);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAUSER');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

test('signs as a role of the app, also if the stack of the local server is unknown', async () => {
  recordRunner(stateDirectory(), {
    pid: process.pid,
    cwd: home,
    startedAt: 1,
    region: 'eu-west-1',
    awsEndpointUrl: 'http://127.0.0.1:3201',
    enforceAuth: false,
    servers: [{ name: 'orders', url: '', mcp: MCP, register: '', apiKeys: [], authorization: 'AWS_IAM' }],
    admin: { accessKeyId: 'AKIAADMIN', secretAccessKey: 's' },
    roles: [{ path: 'Orders/Agent', arn: 'arn:aws:iam::123456789012:role/Orders-Agent1', credentials: agent }],
  });
  const server = await DeployedServer.find({ url: MCP, as: 'Orders/Agent' });
  expect([server.isLocal, server.hasStack]).toEqual([true, false]);
  const sign = await server.signer(new URL(MCP));
  const { authorization } = await sign('POST', {}, '{}');
  expect(authorization).toMatch(/Credential=ASIAAGENT\/\d{8}\/eu-west-1\/execute-api\//);
});
