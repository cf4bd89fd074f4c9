import { homedir } from 'node:os';
import { join } from 'node:path';
import { apiKeyVariable, bridgeProgram, type Connection, type Program, sharedApiKey } from './connection.js';
import { MCP_REMOTE } from './packages.js';

/** The machine that a file is for. */
export interface Machine {
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
}

/** A member to set in a configuration file. */
export interface Member {
  readonly path: readonly [string, string];
  readonly value: object;
}

/** The configuration file of an MCP client. */
export interface ClientFormat {
  readonly title: string;
  /** Path of the file. */
  file(machine: Machine): string;
  /** The members for a server. */
  members(connection: Connection, platform: NodeJS.Platform): Member[];
  /** Items of the list `inputs`, which the client asks for. */
  inputs?(connection: Connection): ReadonlyArray<{ readonly id: string }>;
  /** The address that adds the server when the user opens it. */
  link?(connection: Connection, platform: NodeJS.Platform): string;
  /** A command that does the same as the file. */
  command?(connection: Connection): string;
  /** What to do besides. */
  note?(connection: Connection): string | undefined;
}

export type ClientId = 'claude-code' | 'claude-desktop' | 'cursor' | 'vscode';

/** Callback ports of the clients of `McpAuth.cognito()`. */
const CLAUDE_CODE_PORT = 33_420;
const MCP_REMOTE_PORT = '3334';

/** The clients. docs/guides/connect-clients.md has the sources of the formats. */
export const CLIENTS: Readonly<Record<ClientId, ClientFormat>> = {
  'claude-code': {
    title: 'Claude Code',
    file: ({ cwd }) => join(cwd, '.mcp.json'),
    members: (connection, platform) => [
      { path: ['mcpServers', connection.name], value: claudeCode(connection, platform) },
    ],
    command: claudeCommand,
    note: (connection) =>
      variableNote(connection, `set ${apiKeyVariable(connection.name)} before you start Claude Code`),
  },
  'claude-desktop': {
    title: 'Claude Desktop',
    file: claudeDesktopFile,
    members: (connection, platform) => [
      { path: ['mcpServers', connection.name], value: onPlatform(desktopProgram(connection), platform) },
    ],
    note: ({ auth }) =>
      auth === 'oauth' ? 'instead of this file, you can add the MCP URL in Settings, Connectors' : undefined,
  },
  cursor: {
    title: 'Cursor',
    file: ({ cwd }) => join(cwd, '.cursor', 'mcp.json'),
    members: (connection) => [{ path: ['mcpServers', connection.name], value: cursor(connection) }],
    link: (connection) => {
      const config = Buffer.from(JSON.stringify(cursor(connection))).toString('base64');
      return `cursor://anysphere.cursor-deeplink/mcp/install?name=${encodeURIComponent(connection.name)}&config=${encodeURIComponent(config)}`;
    },
    note: (connection) => variableNote(connection, `set ${apiKeyVariable(connection.name)} before you start Cursor`),
  },
  vscode: {
    title: 'VS Code',
    file: ({ cwd }) => join(cwd, '.vscode', 'mcp.json'),
    members: (connection) => [{ path: ['servers', connection.name], value: vscode(connection) }],
    inputs: (connection) => (vscodeKey(connection) === undefined ? [] : [vscodeInput(connection)]),
    link: (connection) => {
      const inputs = vscodeKey(connection) === undefined ? {} : { inputs: [vscodeInput(connection)] };
      return `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name: connection.name, ...vscode(connection), ...inputs }))}`;
    },
  },
};

function claudeCode(connection: Connection, platform: NodeJS.Platform): object {
  const { url, auth, clientId } = connection;
  if (auth === 'iam') return { type: 'stdio', ...onPlatform(bridgeProgram(connection), platform) };
  const apiKey = sharedApiKey(connection, `\${${apiKeyVariable(connection.name)}}`);
  return {
    type: 'http',
    url,
    ...(auth === 'api-key' && { headers: { 'x-api-key': apiKey } }),
    ...(auth === 'oauth' && clientId !== undefined && { oauth: { clientId, callbackPort: CLAUDE_CODE_PORT } }),
  };
}

function claudeCommand(connection: Connection): string {
  const { name, url, auth, clientId } = connection;
  if (auth === 'iam') {
    const { command, args } = bridgeProgram(connection);
    return `claude mcp add ${name} -- ${[command, ...args].join(' ')}`;
  }
  const client =
    auth === 'oauth' && clientId !== undefined ? ` --client-id ${clientId} --callback-port ${CLAUDE_CODE_PORT}` : '';
  const key = sharedApiKey(connection, `$${apiKeyVariable(name)}`);
  const header = auth === 'api-key' ? ` --header "x-api-key: ${key}"` : '';
  return `claude mcp add --transport http${client} ${name} ${url}${header}`;
}

function claudeDesktopFile({ platform, env }: Machine): string {
  const name = 'claude_desktop_config.json';
  const home = env.HOME ?? homedir();
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Claude', name);
  if (platform === 'win32') return join(env.APPDATA ?? join(home, 'AppData', 'Roaming'), 'Claude', name);
  return join(env.XDG_CONFIG_HOME ?? join(home, '.config'), 'Claude', name);
}

/** Claude Desktop starts programs only: `mcp-lambda connect` for IAM, mcp-remote for all others. */
function desktopProgram(connection: Connection): Program {
  const { name, url, auth, apiKey, clientId } = connection;
  if (auth === 'iam') return bridgeProgram(connection);
  const insecure = url.startsWith('http:') ? ['--allow-http'] : [];
  const remote = { command: 'npx', args: ['-y', MCP_REMOTE, url, ...insecure] };
  if (auth === 'api-key') {
    if (apiKey === undefined) throw new Error('Claude Desktop cannot ask for an API key: pass it with --api-key');
    const variable = apiKeyVariable(name);
    // without a space: Claude Desktop on Windows splits arguments at spaces
    return { ...remote, args: [...remote.args, '--header', `x-api-key:\${${variable}}`], env: { [variable]: apiKey } };
  }
  if (auth === 'oauth' && clientId !== undefined) {
    const client = JSON.stringify({ client_id: clientId });
    const args = ['-y', MCP_REMOTE, url, MCP_REMOTE_PORT, ...insecure, '--static-oauth-client-info', client];
    return { ...remote, args };
  }
  return remote;
}

function cursor(connection: Connection): object {
  const { url, auth, clientId } = connection;
  if (auth === 'iam') return { type: 'stdio', ...bridgeProgram(connection) };
  const apiKey = sharedApiKey(connection, `\${env:${apiKeyVariable(connection.name)}}`);
  return {
    url,
    ...(auth === 'api-key' && { headers: { 'x-api-key': apiKey } }),
    ...(auth === 'oauth' && clientId !== undefined && { auth: { CLIENT_ID: clientId } }),
  };
}

function vscode(connection: Connection): object {
  const { url, auth, clientId } = connection;
  if (auth === 'iam') return { type: 'stdio', ...bridgeProgram(connection) };
  const apiKey = sharedApiKey(connection, `\${input:${vscodeKey(connection)}}`);
  return {
    type: 'http',
    url,
    ...(auth === 'api-key' && { headers: { 'x-api-key': apiKey } }),
    ...(auth === 'oauth' && clientId !== undefined && { oauth: { clientId } }),
  };
}

/** Whether a client needs an API key that its configuration must not contain. */
function needsKey(connection: Connection): boolean {
  return connection.auth === 'api-key' && sharedApiKey(connection, '') === '';
}

/** Returns the id of the input for the API key; undefined if VS Code need not ask for it. */
function vscodeKey(connection: Connection): string | undefined {
  return needsKey(connection) ? `${connection.name}-api-key` : undefined;
}

function vscodeInput(connection: Connection) {
  const id = vscodeKey(connection)!;
  return { type: 'promptString', id, description: `API key of ${connection.name}`, password: true };
}

/** On Windows, Claude's clients find `npx` only through the shell. */
function onPlatform(program: Program, platform: NodeJS.Platform): Program {
  if (platform !== 'win32') return program;
  return { ...program, command: 'cmd', args: ['/c', program.command, ...program.args] };
}

function variableNote(connection: Connection, note: string): string | undefined {
  return needsKey(connection) ? note : undefined;
}
