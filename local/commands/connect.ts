import { Bridge } from '../connect/bridge.js';
import { DeployedServer } from '../deployed/deployed-server.js';
import type { ServerOptions } from '../deployed/server-options.js';
import { printable } from '../report/printable.js';
import { withTerminal } from './with-server.js';

/** `mcp-lambda connect`: a stdio MCP server that forwards to a deployed server, with the authorization that it requires. */
export async function connect(address: string | undefined, options: ServerOptions): Promise<void> {
  await withTerminal({}, async (terminal) => {
    const server = await DeployedServer.find({ ...options, ...(address !== undefined && { url: address }) });
    const url = server.mcpUrl;
    const sign = await server.signer(url);
    if (process.stdin.isTTY) {
      terminal.note(`connected to ${url.href}; waiting for MCP messages on standard input`);
      const args = options.stack === undefined ? url.href : `--stack ${options.stack}`;
      for (const hint of [
        'an MCP client starts this command, such as:',
        `  claude mcp add orders -- npx -y -p cdk-mcp-lambda mcp-lambda connect ${args}`,
        `to try the server in this terminal: mcp-lambda tools ${options.stack === undefined ? `--url ${url.href}` : args}`,
      ]) {
        terminal.note({ text: '  → ', style: 'dim' }, hint);
      }
    }
    const bridge = new Bridge({
      url,
      sign,
      input: process.stdin,
      output: process.stdout,
      onProblem: (text) => console.error(printable(text)),
    });
    await bridge.run();
  });
}
