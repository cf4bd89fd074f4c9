import { withServer } from '../clients/config-file.js';
import type { Connection } from '../clients/connection.js';
import { CLIENTS, type ClientFormat } from '../clients/formats.js';

/** How to connect a client: a command, or the content of a configuration file. */
export interface Snippet {
  readonly client: string;
  readonly text: string;
}

/**
 * Returns connection instructions for common clients.
 * @param options `inspector`: the command that starts the MCP Inspector
 */
export function connectSnippets(connection: Connection, { inspector }: { inspector: string }): Snippet[] {
  const { auth, url, apiKey } = connection;
  const { 'claude-code': claudeCode, vscode, cursor } = CLIENTS;
  const header = auth === 'api-key' ? ` --header "x-api-key: ${apiKey}"` : '';
  return [
    { client: 'Claude Code', text: claudeCode.command!(connection) },
    { client: 'VS Code (.vscode/mcp.json)', text: inOneLine(vscode, connection) },
    { client: 'Cursor (.cursor/mcp.json)', text: inOneLine(cursor, connection) },
    ...(auth === 'iam'
      ? []
      : [{ client: 'MCP Inspector', text: `${inspector} --transport http --server-url ${url}${header}` }]),
  ];
}

function inOneLine(format: ClientFormat, connection: Connection): string {
  return JSON.stringify(JSON.parse(withServer(undefined, format, connection, process.platform)));
}
