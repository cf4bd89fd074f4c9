import { Bridge } from '../connect/bridge.js';
import { createSigner } from '../connect/signer.js';
import { printable } from '../report/printable.js';

interface ConnectOptions {
  readonly region?: string;
  readonly profile?: string;
}

/** `mcp-lambda connect <url>`: a stdio MCP server that forwards to a deployed server. */
export async function connect(address: string, options: ConnectOptions): Promise<void> {
  const url = mcpUrl(address);
  const bridge = new Bridge({
    url,
    sign: await createSigner(url, options),
    input: process.stdin,
    output: process.stdout,
    onProblem: (text) => console.error(printable(text)),
  });
  await bridge.run();
}

/** Returns the URL of the server's `/mcp`, given its URL with or without that path. */
function mcpUrl(address: string): URL {
  if (!URL.canParse(address))
    throw new Error(`invalid URL "${address}": pass the McpUrl of the server, such as https://…/prod/mcp`);
  const url = new URL(address);
  if (!url.pathname.endsWith('/mcp')) url.pathname = `${url.pathname.replace(/\/$/, '')}/mcp`;
  return url;
}
