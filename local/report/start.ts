import type { Treatment } from '../resources/types.js';
import type { Runner } from '../runner.js';
import { connectSnippets } from './snippets.js';

export interface StartReportOptions {
  readonly enforceAuth: boolean;
  /** The command that starts the MCP Inspector. */
  readonly inspector: string;
}

/** What is printed when everything runs: what runs, where, and how to connect. */
export function startReport(runner: Runner, { enforceAuth, inspector }: StartReportOptions): string {
  const { servers, admin } = runner;
  const lines: string[] = [];
  if (servers.length === 0) lines.push('No MCP server: no REST API of this app has /mcp and /register.', '');
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
  lines.push(section('Runs', runner, 'run'), section('Accepted, without effect', runner, 'accepted'));
  if (runner.resources.refused.size > 0) lines.push(section('NOT RUN HERE', runner, 'refused'));
  for (const [reason, functions] of runner.unavailable) {
    lines.push(`CANNOT RUN HERE: ${functions.join(', ')}`, `  ${reason}`);
  }
  lines.push('');
  lines.push('AWS credentials of admin, who may do everything', `  AWS_ACCESS_KEY_ID=${admin.accessKeyId}`);
  lines.push(`  AWS_SECRET_ACCESS_KEY=${admin.secretAccessKey}`);
  lines.push(`  AWS_ENDPOINT_URL=${runner.awsEndpointUrl}`, '');
  lines.push('On this machine only (127.0.0.1). Ctrl-C ends it. The functions log below.');
  return lines.join('\n');
}

/** What is printed with `--json`: one line. */
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

/** A heading and the types with their number; the refused ones with their names. */
function section(title: string, { resources }: Runner, treatment: Treatment): string {
  const types = [...resources[treatment]].map(([type, paths]) => {
    const name = type.replace(/^AWS::/, '');
    if (treatment === 'refused') return `${name} (${paths.join(', ')})`;
    return paths.length > 1 ? `${name} ×${paths.length}` : name;
  });
  return `${title}: ${types.join(', ') || 'nothing'}`;
}
