import type { Server } from '../servers.js';
import type { Credentials } from '../services/iam/service.js';

/** How a client connects: what to type, or what to put into which file. */
export interface Snippet {
  readonly client: string;
  readonly text: string;
}

/**
 * How the usual clients connect to a server.
 * @param signWith keys for the bridge that signs requests; absent where requests need no signature
 * @param inspector the command that starts the MCP Inspector
 */
export function connectSnippets(server: Server, options: { signWith?: Credentials; inspector: string }): Snippet[] {
  const { signWith, inspector } = options;
  return signWith ? throughBridge(server, signWith) : direct(server, inspector);
}

function direct({ name, mcp, apiKeys: [apiKey] }: Server, inspector: string): Snippet[] {
  const headers = apiKey && { 'x-api-key': apiKey };
  const header = apiKey ? ` --header "x-api-key: ${apiKey}"` : '';
  return [
    { client: 'Claude Code', text: `claude mcp add --transport http ${name} ${mcp}${header}` },
    {
      client: 'VS Code (.vscode/mcp.json)',
      text: JSON.stringify({ servers: { [name]: { type: 'http', url: mcp, ...(headers && { headers }) } } }),
    },
    {
      client: 'Cursor (.cursor/mcp.json)',
      text: JSON.stringify({ mcpServers: { [name]: { url: mcp, ...(headers && { headers }) } } }),
    },
    { client: 'MCP Inspector', text: `${inspector} --transport http --server-url ${mcp}${header}` },
  ];
}

/** Clients cannot sign: they start the bridge, which does. */
function throughBridge({ name, mcp }: Server, { accessKeyId, secretAccessKey }: Credentials): Snippet[] {
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: 'us-east-1' };
  const args = ['-y', '-p', 'cdk-mcp-lambda', 'mcp-lambda', 'connect', mcp];
  const flags = Object.entries(env).map(([key, value]) => `-e ${key}=${value}`);
  return [
    { client: 'Claude Code', text: `claude mcp add ${name} ${flags.join(' ')} -- npx ${args.join(' ')}` },
    {
      client: 'VS Code (.vscode/mcp.json)',
      text: JSON.stringify({ servers: { [name]: { command: 'npx', args, env } } }),
    },
    {
      client: 'Cursor, Claude Desktop (mcp.json)',
      text: JSON.stringify({ mcpServers: { [name]: { command: 'npx', args, env } } }),
    },
  ];
}
