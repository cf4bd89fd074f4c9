// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of variables in configuration files
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withServer } from '../../../local/clients/config-file.js';
import type { Connection } from '../../../local/clients/connection.js';
import { CLIENTS, type ClientId } from '../../../local/clients/formats.js';
import { localConnection } from '../../../local/clients/local-connection.js';
import { INSPECTOR, MCP_REMOTE, thisPackage } from '../../../local/clients/packages.js';

const url = 'https://abc123.execute-api.eu-west-1.amazonaws.com/prod/mcp';
const local = 'http://127.0.0.1:3001/prod/mcp';
const none: Connection = { name: 'orders', url, auth: 'none' };
const iam: Connection = { ...none, auth: 'iam', profile: 'dev' };
const key: Connection = { ...none, auth: 'api-key', apiKey: 'k' };
const oauth: Connection = { ...none, auth: 'oauth' };
const cognito: Connection = { ...oauth, clientId: '4ab' };
const localKey: Connection = { ...key, url: local };

const args = ['-y', '-p', 'cdk-mcp-lambda', 'mcp-lambda', 'connect', url, '--profile', 'dev'];
const bridge = { type: 'stdio', command: 'npx', args };
const remote = (...more: string[]) => ({ command: 'npx', args: ['-y', MCP_REMOTE, url, ...more] });

const content = (client: ClientId, connection: Connection, platform: NodeJS.Platform = 'linux') =>
  JSON.parse(withServer(undefined, CLIENTS[client], connection, platform));

describe('claude-code: .mcp.json', () => {
  it.each<[string, Connection, object]>([
    ['no authorization', none, { type: 'http', url }],
    ['IAM', iam, bridge],
    ['API keys', key, { type: 'http', url, headers: { 'x-api-key': '${ORDERS_API_KEY}' } }],
    ['API keys on this machine', localKey, { type: 'http', url: local, headers: { 'x-api-key': 'k' } }],
    ['OAuth', oauth, { type: 'http', url }],
    ['Cognito', cognito, { type: 'http', url, oauth: { clientId: '4ab', callbackPort: 33420 } }],
  ])('%s', (_name, connection, entry) => {
    expect(content('claude-code', connection)).toEqual({ mcpServers: { orders: entry } });
  });

  it('starts npx through the shell on Windows', () => {
    expect(content('claude-code', iam, 'win32').mcpServers.orders).toEqual({
      type: 'stdio',
      command: 'cmd',
      args: ['/c', 'npx', ...args],
    });
  });

  it.each<[Connection, string]>([
    [none, `claude mcp add --transport http orders ${url}`],
    [iam, `claude mcp add orders -- npx ${args.join(' ')}`],
    [key, `claude mcp add --transport http orders ${url} --header "x-api-key: $ORDERS_API_KEY"`],
    [cognito, `claude mcp add --transport http --client-id 4ab --callback-port 33420 orders ${url}`],
  ])('has a command for $auth', (connection, command) => {
    expect(CLIENTS['claude-code'].command!(connection)).toBe(command);
  });
});

describe('claude-desktop: claude_desktop_config.json', () => {
  it.each<[string, Connection, object]>([
    ['no authorization', none, remote()],
    [
      'no authorization on this machine',
      { ...none, url: local },
      { command: 'npx', args: ['-y', MCP_REMOTE, local, '--allow-http'] },
    ],
    ['IAM', iam, { command: 'npx', args }],
    ['API keys', key, { ...remote('--header', 'x-api-key:${ORDERS_API_KEY}'), env: { ORDERS_API_KEY: 'k' } }],
    ['OAuth', oauth, remote()],
    ['Cognito', cognito, remote('3334', '--static-oauth-client-info', '{"client_id":"4ab"}')],
  ])('%s', (_name, connection, entry) => {
    expect(content('claude-desktop', connection)).toEqual({ mcpServers: { orders: entry } });
  });

  it('needs the API key', () => {
    expect(() => content('claude-desktop', { ...none, auth: 'api-key' })).toThrow('pass it with --api-key');
  });

  it.each<[NodeJS.Platform, NodeJS.ProcessEnv, string[]]>([
    ['darwin', { HOME: '/Users/jo' }, ['/Users/jo', 'Library', 'Application Support', 'Claude']],
    ['win32', { APPDATA: '/appdata' }, ['/appdata', 'Claude']],
    ['linux', { HOME: '/home/jo' }, ['/home/jo', '.config', 'Claude']],
    ['linux', { XDG_CONFIG_HOME: '/config' }, ['/config', 'Claude']],
    ['linux', {}, [homedir(), '.config', 'Claude']],
  ])('is in the configuration folder of the user on %s', (platform, env, folder) => {
    expect(CLIENTS['claude-desktop'].file({ cwd: '/work', platform, env })).toBe(
      join(...folder, 'claude_desktop_config.json'),
    );
  });
});

describe('cursor: .cursor/mcp.json', () => {
  it.each<[string, Connection, object]>([
    ['no authorization', none, { url }],
    ['IAM', iam, bridge],
    ['API keys', key, { url, headers: { 'x-api-key': '${env:ORDERS_API_KEY}' } }],
    ['OAuth', oauth, { url }],
    ['Cognito', cognito, { url, auth: { CLIENT_ID: '4ab' } }],
  ])('%s', (_name, connection, entry) => {
    expect(content('cursor', connection)).toEqual({ mcpServers: { orders: entry } });
    const link = new URL(CLIENTS.cursor.link!(connection, 'linux'));
    expect(link.href).toMatch(/^cursor:\/\/anysphere\.cursor-deeplink\/mcp\/install\?name=orders&config=/);
    expect(JSON.parse(Buffer.from(link.searchParams.get('config')!, 'base64').toString())).toEqual(entry);
  });
});

describe('vscode: .vscode/mcp.json', () => {
  const input = { type: 'promptString', id: 'orders-api-key', description: 'API key of orders', password: true };

  it.each<[string, Connection, object, object[]?]>([
    ['no authorization', none, { type: 'http', url }],
    ['IAM', iam, bridge],
    ['API keys', key, { type: 'http', url, headers: { 'x-api-key': '${input:orders-api-key}' } }, [input]],
    ['API keys on this machine', localKey, { type: 'http', url: local, headers: { 'x-api-key': 'k' } }],
    ['OAuth', oauth, { type: 'http', url }],
    ['Cognito', cognito, { type: 'http', url, oauth: { clientId: '4ab' } }],
  ])('%s', (_name, connection, entry, inputs) => {
    expect(content('vscode', connection)).toEqual({ servers: { orders: entry }, ...(inputs && { inputs }) });
    const link = CLIENTS.vscode.link!(connection, 'linux');
    expect(link.startsWith('vscode:mcp/install?')).toBe(true);
    expect(JSON.parse(decodeURIComponent(link.slice('vscode:mcp/install?'.length)))).toEqual({
      name: 'orders',
      ...entry,
      ...(inputs && { inputs }),
    });
  });
});

it.each([
  ['claude-code', '.mcp.json'],
  ['cursor', '.cursor/mcp.json'],
  ['vscode', '.vscode/mcp.json'],
] as const)('the file of %s is part of the project', (client, file) => {
  expect(CLIENTS[client].file({ cwd: '/work', platform: 'linux', env: {} })).toBe(join('/work', ...file.split('/')));
});

it('pins the versions that are tested', () => {
  const tested = readFileSync('docs/reference/tested-clients.md', 'utf8');
  const [, remoteVersion] = /^mcp-remote@(.*)$/.exec(MCP_REMOTE)!;
  const [, inspectorVersion] = /^@modelcontextprotocol\/inspector@(.*)$/.exec(INSPECTOR)!;
  expect(tested).toContain(`| \`mcp-remote\` | ${remoteVersion} |`);
  expect(tested).toContain(`| \`@modelcontextprotocol/inspector --cli\` | ${inspectorVersion} |`);
  expect([thisPackage(), thisPackage('1.2.3')]).toEqual(['cdk-mcp-lambda', 'cdk-mcp-lambda@1.2.3']);
});

describe('localConnection', () => {
  const server = { name: 'orders', url: '', mcp: local, register: '', apiKeys: [], authorization: 'AWS_IAM' };

  it.each([
    ['requests need no signature', { enforceAuth: false }, {}, { auth: 'none' }],
    ['requests must be signed', { enforceAuth: true }, {}, { auth: 'iam', as: 'admin' }],
    [
      'requests must be signed, with --as',
      { enforceAuth: true, as: 'Orders/Agent' },
      {},
      { auth: 'iam', as: 'Orders/Agent' },
    ],
    ['unsigned requests come from a role', { enforceAuth: false, as: 'Orders/Agent' }, {}, { auth: 'none' }],
    ['the client has a role', { enforceAuth: false }, { as: 'Orders/Other' }, { auth: 'iam', as: 'Orders/Other' }],
  ])('%s', (_name, runner, options, expected) => {
    expect(localConnection(runner, server, options)).toEqual({ name: 'orders', url: local, ...expected });
  });

  it('has the API key, or lets the client sign in', () => {
    expect(localConnection({ enforceAuth: true }, { ...server, authorization: 'NONE', apiKeys: ['k'] })).toMatchObject({
      auth: 'api-key',
      apiKey: 'k',
    });
    expect(localConnection({ enforceAuth: true }, { ...server, authorization: 'CUSTOM' }).auth).toBe('oauth');
    expect(localConnection({ enforceAuth: false }, { ...server, authorization: 'CUSTOM' }).auth).toBe('none');
  });
});
