import type { McpServerInfo } from '../mcp-servers.js';
import type { Credentials } from '../services/iam/service.js';

/** How to connect a client: a command, or the content of a configuration file. */
export interface Snippet {
  readonly client: string;
  readonly text: string;
}

/** What `mcp-lambda connect` signs requests with. */
interface Signing extends Credentials {
  readonly region: string;
}

/**
 * Returns connection instructions for common clients.
 * @param options `signWith`: credentials and region for `mcp-lambda connect`, absent if requests need no signature; `inspector`: the command
 * that starts the MCP Inspector
 */
export function connectSnippets(server: McpServerInfo, options: { signWith?: Signing; inspector: string }): Snippet[] {
  const { signWith, inspector } = options;
  return signWith ? bridgeSnippets(server, signWith) : directSnippets(server, inspector);
}

function directSnippets({ name, mcp, apiKeys: [apiKey] }: McpServerInfo, inspector: string): Snippet[] {
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

/** Most clients cannot sign requests. They start `mcp-lambda connect`, which does. */
function bridgeSnippets({ name, mcp }: McpServerInfo, signing: Signing): Snippet[] {
  const { accessKeyId, secretAccessKey, region } = signing;
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region };
  const args = ['-y', '-p', 'cdk-mcp-lambda', 'mcp-lambda', 'connect', mcp];
  const flags = Object.entries(env).map(([key, value]) => `-e ${key}=${value}`);
  return [
    { client: 'Claude Code', text: `claude mcp add ${name} ${flags.join(' ')} -- npx ${args.join(' ')}` },
    {
      client: 'VS Code (.vscode/mcp.json)',
      text: JSON.stringify({ servers: { [name]: { command: 'npx', args, env } } }),
    },
    {
      client: 'Cursor (.cursor/mcp.json), Claude Desktop (claude_desktop_config.json)',
      text: JSON.stringify({ mcpServers: { [name]: { command: 'npx', args, env } } }),
    },
  ];
}
