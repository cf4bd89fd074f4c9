import type { SupportLevel } from '../resources/supported-types.js';
import type { Runner } from '../runner.js';
import { connectSnippets } from './snippets.js';

interface StartReportOptions {
  readonly enforceAuth: boolean;
  /** The command that starts the MCP Inspector. */
  readonly inspector: string;
}

/** Returns the text to print at start: servers, how to connect, resources and credentials. */
export function startReport(runner: Runner, { enforceAuth, inspector }: StartReportOptions): string {
  const { servers, admin } = runner;
  const lines: string[] = [];
  if (servers.length === 0)
    lines.push('No MCP server found: no REST API of this app has the paths /mcp and /register.', '');
  for (const server of servers) {
    lines.push(`${server.name}`);
    lines.push(`  Streamable HTTP  ${server.mcp}`);
    if (server.sse) lines.push(`  HTTP+SSE         ${server.sse}`);
    lines.push(`  Registration     ${server.register}`);
    for (const key of server.apiKeys) lines.push(`  x-api-key        ${key}`);
    lines.push('', '  Connect');
    for (const { client, text } of connectSnippets(server, { inspector, ...(enforceAuth && { signWith: admin }) })) {
      lines.push(`    ${client}`, `      ${text}`);
    }
    lines.push('');
  }
  lines.push(section('Emulated', runner, 'emulated'), section('Accepted, without effect', runner, 'accepted'));
  if (runner.resources.unsupported.size > 0) lines.push(section('NOT SUPPORTED', runner, 'unsupported'));
  for (const [reason, functions] of runner.unavailable) {
    lines.push(`CANNOT RUN: ${functions.join(', ')}`, `  ${reason}`);
  }
  lines.push('');
  lines.push('AWS credentials of the user admin (AdministratorAccess)', `  AWS_ACCESS_KEY_ID=${admin.accessKeyId}`);
  lines.push(`  AWS_SECRET_ACCESS_KEY=${admin.secretAccessKey}`);
  lines.push(`  AWS_ENDPOINT_URL=${runner.awsEndpointUrl}`, '');
  lines.push('Listening on 127.0.0.1 only. Press Ctrl-C to stop. Function logs follow.');
  return lines.join('\n');
}

/** Returns the line that `--json` prints. */
export function jsonReport(runner: Runner, { enforceAuth }: Pick<StartReportOptions, 'enforceAuth'>): string {
  const servers = runner.servers.map(({ name, url, mcp, sse, message, register, apiKeys }) => ({
    name,
    url,
    mcp,
    sse,
    message,
    register,
    ...(apiKeys.length > 0 && { apiKeys }),
  }));
  const { url, mcp, sse, message, register } = servers[0] ?? {};
  const unavailable = [...runner.unavailable].map(([reason, functions]) => ({ functions, reason }));
  return JSON.stringify({
    url,
    mcp,
    sse,
    message,
    register,
    servers,
    outputs: runner.outputs,
    ...(unavailable.length > 0 && { unavailable }),
    ...(enforceAuth && { credentials: runner.admin }),
  });
}

/** Lists resource types with their count; unsupported types with the paths of their resources. */
function section(title: string, { resources }: Runner, level: SupportLevel): string {
  const types = [...resources[level]].map(([type, paths]) => {
    const name = type.replace(/^AWS::/, '');
    if (level === 'unsupported') return `${name} (${paths.join(', ')})`;
    return paths.length > 1 ? `${name} ×${paths.length}` : name;
  });
  return `${title}: ${types.join(', ') || 'none'}`;
}
