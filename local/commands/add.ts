import { relative } from 'node:path';
import { isLoopbackUrl } from '../assembly/urls.js';
import { withServer, writeServer } from '../clients/config-file.js';
import type { Auth, Connection } from '../clients/connection.js';
import { type Detected, detectAuth } from '../clients/detect.js';
import { CLIENTS, type ClientId, type Machine } from '../clients/formats.js';
import { localConnection } from '../clients/local-connection.js';
import { mcpUrl, toolsetIn, toolsetUrl } from '../connect/mcp-url.js';
import { printable } from '../report/printable.js';
import { stateDirectory } from '../state/directory.js';
import { runnerAt, runnerOf } from '../state/running.js';

interface AddOptions {
  readonly url?: string;
  readonly auth?: Auth;
  readonly name?: string;
  readonly apiKey?: string;
  readonly clientId?: string;
  readonly profile?: string;
  readonly region?: string;
  /** Role of an app that runs on this machine. */
  readonly as?: string;
  readonly write?: boolean;
}

/** `mcp-lambda add <client>`: prints the configuration of an MCP client for a server, or writes it. */
export async function add(client: ClientId, options: AddOptions): Promise<void> {
  const machine: Machine = { cwd: process.cwd(), platform: process.platform, env: process.env };
  const format = CLIENTS[client];
  const { connection, notes } = await connectionOf(options, machine.cwd);
  const file = format.file(machine);
  const name = relative(machine.cwd, file).startsWith('..') ? file : relative(machine.cwd, file);
  if (options.write) {
    const change = writeServer(file, format, connection, machine.platform);
    info(
      change === 'unchanged' ? `${name} has "${connection.name}" already` : `${change} "${connection.name}": ${name}`,
    );
  } else {
    info(`${format.title}: ${name}`);
    process.stdout.write(withServer(undefined, format, connection, machine.platform));
    info('pass --write to add it to the file');
    const command = format.command?.(connection);
    if (command) info(`or run: ${command}`);
    const link = format.link?.(connection, machine.platform);
    if (link) info(`or open: ${link}`);
  }
  for (const note of [format.note?.(connection), ...notes]) if (note) info(note);
}

/** Determines server, authorization and credentials, from the options and from the runner that runs in this directory. */
async function connectionOf(
  options: AddOptions,
  cwd: string,
): Promise<{ connection: Connection; notes: readonly string[] }> {
  const url = options.url === undefined ? undefined : mcpUrl(options.url).href;
  const found =
    url === undefined ? localServer(cwd, options.name) : isLoopbackUrl(url) && runnerAt(stateDirectory(), url);
  if (found) {
    const local = localConnection(found.runner, found.server, options);
    return { connection: { ...local, ...atToolset(local, url), ...given(options) }, notes: [] };
  }
  if (options.as !== undefined) throw new Error(`--as ${options.as}: no local runner serves ${url}`);
  if (options.name === undefined) throw new Error('no name for the server: pass --name, such as --name orders');
  const detected: Detected = options.auth ? { auth: options.auth } : await detectAuth(url!);
  const connection = { name: options.name, url: url!, auth: detected.auth, ...given(options) };
  return { connection, notes: notesOn(detected, options) };
}

/** Returns the address of the toolset in a URL, and a name that differs from that of the server; nothing without a toolset. */
function atToolset({ name, url }: Connection, given: string | undefined): Partial<Connection> {
  const toolset = given === undefined ? undefined : toolsetIn(new URL(given));
  if (toolset === undefined) return {};
  return { name: `${name}-${toolset}`, url: toolsetUrl(new URL(url), toolset).href };
}

/** Says what the detection leaves open. */
function notesOn({ auth, needsClientId }: Detected, options: AddOptions): string[] {
  if (needsClientId && options.clientId === undefined) {
    return [
      'clients cannot register themselves at the identity provider: pass --client-id, for McpAuth.cognito() the output ClientId of the stack',
    ];
  }
  if (auth === 'api-key' && options.auth === undefined) {
    return ['the server answered 403 Forbidden, as for a missing API key: pass --auth if it has another authorization'];
  }
  return [];
}

function localServer(cwd: string, name: string | undefined) {
  const runner = runnerOf(stateDirectory(), cwd);
  if (!runner) {
    throw new Error(
      `no runner runs in ${cwd}: start mcp-lambda local first, or pass the MCP URL of a server with --url`,
    );
  }
  const server = runner.servers.find((each) => name === undefined || each.name === name) ?? runner.servers[0];
  if (!server) throw new Error('the app has no MCP server');
  return { runner, server };
}

/** The options that take precedence. */
function given({ name, auth, apiKey, clientId, profile, region }: AddOptions): Partial<Connection> {
  const all = { name, auth, apiKey, clientId, profile, region };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Prints a message beside the configuration, which is the standard output. */
function info(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}
