import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { credentialChain } from '../../../local/connect/signer.js';

/*
 * The session names of assumed roles. The SDK's own contain the time, and change when the credentials are renewed.
 */
const directory = mkdtempSync(join(tmpdir(), 'connect-session-'));
const assumed: string[] = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  assumed.push(new URLSearchParams(body).get('RoleSessionName')!);
  const keys =
    '<AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>' +
    `<Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration>`;
  const result = `<AssumeRoleResult><Credentials>${keys}</Credentials></AssumeRoleResult>`;
  response.setHeader('content-type', 'text/xml');
  response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</AssumeRoleResponse>`);
});

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const config = join(directory, 'config');
  const role = 'role_arn = arn:aws:iam::123456789012:role/Clients\nsource_profile = source\n';
  writeFileSync(
    config,
    `[profile source]\naws_access_key_id = AKIATEST\naws_secret_access_key = secret\n` +
      `[profile unnamed]\n${role}[profile named]\n${role}role_session_name = ada\n`,
  );
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', config);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(directory, 'credentials'));
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
beforeEach(() => void assumed.splice(0));
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

test('names its role session after the user, so that renewed credentials have the same identity', async () => {
  await credentialChain('eu-west-1', { profile: 'unnamed' })();
  expect(assumed).toEqual([`mcp-lambda-${userInfo().username}`]);
});

test('keeps the session name of the profile', async () => {
  await credentialChain('eu-west-1', { profile: 'named' })();
  expect(assumed).toEqual(['ada']);
});
