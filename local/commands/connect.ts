import { Bridge } from '../connect/bridge.js';
import { createSigner } from '../connect/signer.js';

export interface ConnectOptions {
  readonly region?: string;
  readonly profile?: string;
}

/** `mcp-lambda connect <url>`: a stdio MCP server that is the deployed one. */
export async function connect(address: string, options: ConnectOptions): Promise<void> {
  const url = mcpUrl(address);
  const bridge = new Bridge({
    url,
    sign: await createSigner(url, options),
    input: process.stdin,
    output: process.stdout,
    onProblem: (text) => console.error(text),
  });
  await bridge.run();
}

/** The server's `/mcp`, of its address with or without that path. */
function mcpUrl(address: string): URL {
  if (!URL.canParse(address)) throw new Error(`${address} is no address: give the server's McpUrl, https://…/prod/mcp`);
  const url = new URL(address);
  if (!url.pathname.endsWith('/mcp')) url.pathname = `${url.pathname.replace(/\/$/, '')}/mcp`;
  return url;
}
