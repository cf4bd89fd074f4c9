import { isLoopbackUrl } from '../assembly/urls.js';
import { Bridge } from '../connect/bridge.js';
import { createSigner } from '../connect/signer.js';
import { printable } from '../report/printable.js';
import { requestSigner, type Sign } from '../request-signer.js';
import { stateDirectory } from '../state/directory.js';
import { credentialsOf, runnerAt } from '../state/running.js';

interface ConnectOptions {
  readonly region?: string;
  readonly profile?: string;
  /** A role of an app that runs on this machine. */
  readonly as?: string;
}

/** `mcp-lambda connect <url>`: a stdio MCP server that forwards to a deployed server. */
export async function connect(address: string, options: ConnectOptions): Promise<void> {
  const url = mcpUrl(address);
  const bridge = new Bridge({
    url,
    sign: options.as === undefined ? await createSigner(url, options) : localSigner(url, options.as),
    input: process.stdin,
    output: process.stdout,
    onProblem: (text) => console.error(printable(text)),
  });
  await bridge.run();
}

/** Creates a signer with the credentials of a role of an app that runs on this machine. */
function localSigner(url: URL, as: string): Sign {
  const found = isLoopbackUrl(url.href) ? runnerAt(stateDirectory(), url.href) : undefined;
  if (!found) throw new Error(`--as ${as}: no local runner serves ${url.href}: start mcp-lambda local`);
  const { region } = found.runner;
  const credentials = credentialsOf(found.runner, as);
  return requestSigner(url, { service: 'execute-api', region, credentials: async () => credentials });
}

/** Returns the URL of the server's `/mcp`, given its URL with or without that path. */
export function mcpUrl(address: string): URL {
  if (!URL.canParse(address))
    throw new Error(`invalid URL "${address}": pass the McpUrl of the server, such as https://…/prod/mcp`);
  const url = new URL(address);
  if (!url.pathname.endsWith('/mcp')) url.pathname = `${url.pathname.replace(/\/$/, '')}/mcp`;
  return url;
}
