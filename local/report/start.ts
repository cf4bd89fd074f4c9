import { localConnection } from '../clients/local-connection.js';
import { LOOPBACK } from '../environment.js';
import type { SupportLevel } from '../resources/supported-types.js';
import type { Runner } from '../runner.js';
import { credentialsOf } from '../state/running.js';
import { exportLines } from './export-lines.js';
import { connectSnippets } from './snippets.js';

interface StartReportOptions {
  readonly enforceAuth: boolean;
  /** Role of unsigned requests. */
  readonly as?: string;
  /** The command that starts the MCP Inspector. */
  readonly inspector: string;
}

/** Number of resources of a kind that are listed by path. */
const MAX_PATHS = 3;

/** Returns the text to print at start: servers, how to connect, resources and credentials. */
export function startReport(runner: Runner, { enforceAuth, as, inspector }: StartReportOptions): string {
  const { servers, admin, issuers, region } = runner;
  const lines: string[] = [];
  if (servers.length === 0)
    lines.push('No MCP server found: no REST API of this app has the paths /mcp and /register.', '');
  for (const server of servers) {
    lines.push(`${server.name}`);
    lines.push(`  Streamable HTTP  ${server.mcp}`);
    if (server.sse) lines.push(`  HTTP+SSE         ${server.sse}`);
    lines.push(`  Registration     ${server.register}`);
    for (const key of server.apiKeys) lines.push(`  x-api-key        ${key}`);
    if (issuers.length > 0 && server.authorization === 'CUSTOM') {
      lines.push(`  Token            npx -p cdk-mcp-lambda mcp-lambda token --url ${server.mcp}`);
    }
    lines.push('', '  Connect');
    for (const { client, text } of connectSnippets(localConnection({ enforceAuth, as }, server), { inspector })) {
      lines.push(`    ${client}`, `      ${text}`);
    }
    lines.push('');
  }
  if (issuers.length > 0) {
    lines.push('Issuers', ...issuers.map(({ local, remote }) => `  ${local} instead of ${remote}`), '');
  }
  lines.push(...toolTable(runner), ...debuggers(runner), ...otherApis(runner));
  lines.push(section('Emulated', runner, 'emulated'), section('Accepted, without effect', runner, 'accepted'));
  lines.push(...notRunLines(runner));
  lines.push('');
  const credentials = as === undefined ? admin : credentialsOf(runner, as);
  lines.push(`AWS credentials of ${as ?? 'the user admin (AdministratorAccess)'}: eval "$(mcp-lambda local --env)"`);
  lines.push(...exportLines({ ...runner, region, credentials }).map((line) => `  ${line}`), '');
  lines.push('Listening on 127.0.0.1 only. Press Ctrl-C to stop. Function logs follow.');
  return lines.join('\n');
}

/** Returns the line that `--json` prints. */
export function jsonReport(
  runner: Runner,
  { enforceAuth, as }: Pick<StartReportOptions, 'enforceAuth' | 'as'>,
): string {
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
  const { notRun, otherApis, issuers } = runner;
  return JSON.stringify({
    url,
    mcp,
    sse,
    message,
    register,
    servers,
    outputs: runner.outputs,
    ...(issuers.length > 0 && { issuers }),
    ...(otherApis.length > 0 && { otherApis }),
    ...(unavailable.length > 0 && { unavailable }),
    ...(notRun.length > 0 && { notRun }),
    ...((enforceAuth || as !== undefined) && {
      credentials: as === undefined ? runner.admin : credentialsOf(runner, as),
      region: runner.region,
      awsEndpointUrl: runner.awsEndpointUrl,
    }),
  });
}

/** Lists resource types with their count. */
function section(title: string, { resources }: Runner, level: SupportLevel): string {
  const types = [...resources[level]].map(([type, paths]) => {
    const name = shortType(type);
    return paths.length > 1 ? `${name} ×${paths.length}` : name;
  });
  return `${title}: ${types.join(', ') || 'none'}`;
}

/** Lists the declared tools, with function and runtime. */
function toolTable({ tools, unavailable }: Runner): string[] {
  if (tools.length === 0) return [];
  const broken = new Set([...unavailable.values()].flat());
  const rows = tools.map(({ name, functionPath, runtime }) => [
    name,
    functionPath,
    runtime === undefined ? 'not part of the app' : broken.has(functionPath) ? 'does not run here' : runtime,
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: string[]) => `  ${row[0]!.padEnd(widths[0]!)}  ${row[1]!.padEnd(widths[1]!)}  ${row[2]}`;
  return ['Tools', ...rows.map(line), ''];
}

/** Lists the ports of the debuggers. */
function debuggers({ functions = [] }: Runner): string[] {
  const rows = functions.flatMap(({ name, debugPort, runtime }) =>
    debugPort === undefined ? [] : [`  ${LOOPBACK}:${debugPort}  ${name} (${runtime})`],
  );
  return rows.length === 0 ? [] : ['Debuggers', ...rows, ''];
}

function otherApis({ otherApis }: Runner): string[] {
  if (otherApis.length === 0) return [];
  return ['Other REST APIs', ...otherApis.map(({ name, url }) => `  ${name}  ${url}`), ''];
}

/** Lists what does not run here, one line for each kind: resources, reason, and what would make it run. */
function notRunLines({ notRun, unavailable, skippedStacks }: Runner): string[] {
  const kinds = new Map<string, string[]>();
  for (const { path, type, reason, remedy } of notRun) {
    const kind = `(${shortType(type)}): ${reason.replace(/\.$/, '')}. To run it: ${remedy}`.replace(/\s*\n\s*/g, ' ');
    kinds.set(kind, [...(kinds.get(kind) ?? []), path]);
  }
  const lines = [
    ...[...kinds].map(([kind, paths]) => `${shortened(paths)} ${kind}`),
    ...[...unavailable].map(([reason, functions]) => `${functions.join(', ')}: ${reason}`),
    ...skippedStacks.map(
      ({ name, environment }) => `stack ${name}: its environment is ${environment}. To run it: --stack ${name}`,
    ),
  ];
  return lines.length === 0 ? [] : ['Not run here:', ...lines.map((line) => `  ${line}`)];
}

function shortened(paths: readonly string[]): string {
  const more = paths.length - MAX_PATHS;
  return more > 0 ? `${paths.slice(0, MAX_PATHS).join(', ')} and ${more} more` : paths.join(', ');
}

function shortType(type: string): string {
  return type.replace(/^AWS::/, '');
}
