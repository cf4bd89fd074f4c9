import { localConnection } from '../clients/local-connection.js';
import type { RegistrationKind } from '../declared-registrations.js';
import { LOOPBACK } from '../environment.js';
import { isCustomResource } from '../resources/supported-types.js';
import type { Runner } from '../runner.js';
import { credentialsOf } from '../state/running.js';
import { exportLines } from './export-lines.js';
import { connectSnippets } from './snippets.js';
import { lines, styled, type Text } from './text.js';

interface StartReportOptions {
  readonly enforceAuth: boolean;
  /** Role of unsigned requests. */
  readonly as?: string;
  /** The command that starts the MCP Inspector. */
  readonly inspector: string;
  /** Includes resource types, all outputs and credentials. */
  readonly verbose?: boolean;
}

const KINDS: ReadonlyArray<[title: string, kinds: readonly RegistrationKind[]]> = [
  ['Tools', ['tool']],
  ['Resources', ['resource', 'resourceTemplate']],
  ['Prompts', ['prompt']],
];

/** Number of resources of a kind that are listed by path. */
const MAX_PATHS = 3;

/** Returns the text to print at start: what the app has, what does not run here, servers, and how to connect. */
export function startReport(runner: Runner, options: StartReportOptions): Text {
  const { verbose = false } = options;
  const blocks = [
    ...registrationTables(runner),
    debuggers(runner),
    otherApis(runner),
    outputs(runner, verbose),
    verbose ? resourceTypes(runner) : [],
    notRunLines(runner),
    issuers(runner),
    ...servers(runner, options),
    credentials(runner, options),
    [['Listening on 127.0.0.1 only. Press Ctrl-C to stop. Calls and logs follow.']],
  ];
  return lines(blocks.filter((block) => block.length > 0).flatMap((block, i) => (i === 0 ? block : [[], ...block])));
}

/** Lines of one part of the report. */
type Block = readonly Text[];

const title = (text: string): Text => [styled('bold', text)];

function servers(runner: Runner, { enforceAuth, as, inspector }: StartReportOptions): Block[] {
  const { issuers } = runner;
  if (runner.servers.length === 0) {
    return [[['No MCP server found: no REST API of this app has the paths /mcp and /register.']]];
  }
  return runner.servers.map((server) => {
    const addresses = [
      ['Streamable HTTP', server.mcp],
      ...toolsets(runner).map((name) => ['Toolset', `${server.mcp}/${name}`]),
      ...(server.sse ? [['HTTP+SSE', server.sse]] : []),
      ['Registration', server.register],
      ['Console', new URL('/', server.mcp).href],
      ...server.apiKeys.map((key) => ['x-api-key', key]),
      ...(issuers.length > 0 && server.authorization === 'CUSTOM'
        ? [['Token', `npx -p cdk-mcp-lambda mcp-lambda token --url ${server.mcp}`]]
        : []),
    ];
    const snippets = connectSnippets(localConnection({ enforceAuth, as }, server), { inspector });
    return [
      [styled('bold', server.name)],
      ...addresses.map(([name, value]): Text => [`  ${name!.padEnd(15)}  `, styled('cyan', value!)]),
      [],
      ['  Connect'],
      ...snippets.flatMap(({ client, text }): Text[] => [[styled('dim', `    ${client}`)], [`      ${text}`]]),
    ];
  });
}

/** Returns the declared toolsets. The declarations of several servers cannot be told apart here. */
function toolsets({ servers, registrations }: Runner): string[] {
  if (servers.length > 1) return [];
  return [...new Set(registrations.flatMap((each) => each.toolsets ?? []))].sort();
}

function issuers({ issuers }: Runner): Block {
  if (issuers.length === 0) return [];
  return [title('Issuers'), ...issuers.map(({ local, remote }): Text => [`  ${local} instead of ${remote}`])];
}

function credentials(runner: Runner, { enforceAuth, as, verbose }: StartReportOptions): Block {
  const name = as ?? 'the user admin (AdministratorAccess)';
  const given = as === undefined ? runner.admin : credentialsOf(runner, as);
  const isShown = verbose || enforceAuth || as !== undefined;
  const { region, awsEndpointUrl } = runner;
  return [
    [styled('bold', `AWS credentials of ${name}:`), ' eval "$(npx -p cdk-mcp-lambda mcp-lambda local --env)"'],
    ...(isShown ? exportLines({ region, awsEndpointUrl, credentials: given }).map((line): Text => [`  ${line}`]) : []),
  ];
}

/** Lists resource types with their count. */
function resourceTypes({ resources }: Runner): Block {
  const listed = (name: string, types: Map<string, string[]>): Text => {
    const items = [...types].map(([type, { length }]) =>
      length > 1 ? `${shortType(type)} ×${length}` : shortType(type),
    );
    return [styled('bold', `${name}:`), ` ${items.join(', ') || 'none'}`];
  };
  const custom = new Map([...resources.emulated].filter(([type]) => isCustomResource(type)));
  const emulated = new Map([...resources.emulated].filter(([type]) => !custom.has(type)));
  return [
    listed('Emulated', emulated),
    listed('Custom resources', custom),
    listed('Accepted, without effect', resources.accepted),
  ];
}

/** Lists the declared tools, resources and prompts, with function and runtime. */
function registrationTables({ registrations, unavailable }: Runner): Block[] {
  const broken = new Set([...unavailable.values()].flat());
  const rows = registrations.map(({ kind, name, uri, functionPath, runtime }) => ({
    kind,
    cells: uri === undefined ? [name, functionPath] : [name, uri, functionPath],
    status:
      runtime === undefined
        ? styled('yellow', 'not part of the app')
        : broken.has(functionPath)
          ? styled('yellow', 'does not run here')
          : styled('dim', runtime),
  }));
  return KINDS.map(([name, kinds]) => {
    const own = rows.filter(({ kind }) => kinds.includes(kind));
    const widths = [0, 1, 2].map((column) => Math.max(0, ...own.map(({ cells }) => cells[column]?.length ?? 0)));
    const line = ({ cells, status }: (typeof rows)[number]): Text => [
      `  ${cells.map((cell, i) => `${cell.padEnd(widths[i]!)}  `).join('')}`,
      status,
    ];
    return own.length === 0 ? [] : [title(name), ...own.map(line)];
  });
}

/** Lists the ports of the debuggers. */
function debuggers({ functions = [] }: Runner): Block {
  const rows = functions.flatMap(({ name, debugPort, runtime }): Text[] =>
    debugPort === undefined ? [] : [[`  ${LOOPBACK}:${debugPort}  ${name} (${runtime})`]],
  );
  return rows.length === 0 ? [] : [title('Debuggers'), ...rows];
}

function otherApis({ otherApis }: Runner): Block {
  if (otherApis.length === 0) return [];
  return [title('Other REST APIs'), ...otherApis.map(({ name, url }): Text => [`  ${name}  `, styled('cyan', url)])];
}

/** Lists the stack outputs, except addresses that are listed already, and values that the CDK exports for other stacks. */
function outputs({ outputs, servers, otherApis }: Runner, verbose: boolean): Block {
  const listed = new Set<unknown>([
    ...servers.flatMap(({ mcp, sse, message, register }) => [mcp, sse, message, register]),
    ...otherApis.map(({ url }) => `${url}/`),
  ]);
  const rows = Object.entries(outputs).flatMap(([stack, values]) =>
    Object.entries(values)
      .filter(([name, value]) => verbose || !(listed.has(value) || name.startsWith('ExportsOutput')))
      .map(([name, value]) => [`${stack}.${name}`, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
  const width = Math.max(...rows.map(([name]) => name!.length));
  return rows.length === 0
    ? []
    : [title('Outputs'), ...rows.map(([name, value]): Text => [`  ${name!.padEnd(width)}  ${value}`])];
}

/** Lists what does not run here, one line for each kind: resources, reason, and what would make it run. */
function notRunLines({ notRun, unavailable, skippedStacks }: Runner): Block {
  const kinds = new Map<string, string[]>();
  for (const { path, type, reason, remedy } of notRun) {
    const kind = `(${shortType(type)}): ${reason.replace(/\.$/, '')}. To run it: ${remedy}`.replace(/\s*\n\s*/g, ' ');
    kinds.set(kind, [...(kinds.get(kind) ?? []), path]);
  }
  const items = [
    ...[...kinds].map(([kind, paths]) => `${shortened(paths)} ${kind}`),
    ...[...unavailable].map(([reason, functions]) => `${functions.join(', ')}: ${reason}`),
    ...skippedStacks.map(
      ({ name, environment }) => `stack ${name}: its environment is ${environment}. To run it: --stack ${name}`,
    ),
  ];
  return items.length === 0 ? [] : [[styled('yellow', 'Not run here:')], ...items.map((item): Text => [`  ${item}`])];
}

function shortened(paths: readonly string[]): string {
  const more = paths.length - MAX_PATHS;
  return more > 0 ? `${paths.slice(0, MAX_PATHS).join(', ')} and ${more} more` : paths.join(', ');
}

function shortType(type: string): string {
  return type.replace(/^(AWS|Custom)::/, '');
}
