import { ENV } from '../../src/private/contract.js';
import type { McpSession } from '../calls/session.js';
import { localConnection } from '../clients/local-connection.js';
import type { McpServerInfo } from '../mcp-servers.js';
import type { FunctionDefinition } from '../services/lambda/function.js';
import { clientSetups } from './client-setups.js';
import type { ConsoleState } from './model.js';
import { type RegistryItem, toRegistrations } from './registrations.js';

/** The account, as far as the console shows it. */
export interface ConsoleSource {
  readonly servers: ReadonlyArray<McpServerInfo & { readonly path: string }>;
  readonly functions: readonly FunctionDefinition[];
  readonly sessions: readonly McpSession[];
  /** The declared tools, resources and prompts. */
  readonly declarations: ReadonlyArray<{ readonly logicalId: string; readonly path: string }>;
  functionPath(name: string): string;
  functionOf(arn: string): FunctionDefinition | undefined;
  items(table: string): Promise<RegistryItem[]>;
}

interface ConsoleStateOptions {
  readonly cwd: string;
  readonly enforceAuth: boolean;
  /** Role of unsigned requests. */
  readonly as?: string;
}

/** Reads what the console shows besides calls. */
export async function readState(source: ConsoleSource, options: ConsoleStateOptions): Promise<ConsoleState> {
  const { cwd } = options;
  const servers = source.servers.map((server) => {
    const { name, path, mcp, sse, register, authorization } = server;
    const clients = clientSetups(localConnection(options, server), cwd);
    return { name, path, mcp, ...(sse && { sse }), register, authorization, clients };
  });
  const registrations = await Promise.all(
    [...registryTables(source)].map(async ([table, server]) =>
      toRegistrations(await source.items(table), {
        server,
        constructPath: (logicalId) => source.declarations.find((each) => each.logicalId === logicalId)?.path,
        functionOf: (arn) => {
          const definition = source.functionOf(arn);
          if (!definition) return { path: arn };
          return { path: source.functionPath(definition.name), runtime: definition.runtime };
        },
      }),
    ),
  );
  return { servers, registrations: registrations.flat(), sessions: source.sessions };
}

/** Returns the registry tables, with the construct paths of their servers. */
function registryTables({ servers, functions, functionPath }: ConsoleSource): Map<string, string> {
  const tables = new Map<string, string>();
  for (const { name, environment } of functions) {
    const table = environment[ENV.REGISTRY_TABLE];
    if (table === undefined) continue;
    const path = functionPath(name);
    const server = servers.find((each) => path.startsWith(`${each.path}/`)) ?? servers[0];
    if (server && (!tables.has(table) || path.startsWith(`${server.path}/`))) tables.set(table, server.path);
  }
  return tables;
}
