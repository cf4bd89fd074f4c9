import type { Server } from '@modelcontextprotocol/server';
import { DEFAULTS, ENV } from '../../src/private/contract.js';
import { withSafeErrors } from '../protocol/errors.js';
import { LIST_CACHE } from '../protocol/pagination.js';
import type { RequestScope, ServerInstance } from '../protocol/request-scope.js';
import type { Catalog } from '../registry/catalog.js';
import { numberEnv } from '../shared/env.js';
import { serverInfo } from '../shared/server-info.js';
import { servesTasks, TASKS } from '../tasks/extension.js';
import { serveTasks } from '../tasks/on-demand.js';
import { serveCompletions } from './completions.js';
import { servePrompts } from './prompts.js';
import { serveResources, serveSubscriptions } from './resources.js';
import { serveTools } from './tools.js';
import { ValidatingServer } from './validating-server.js';

interface McpServerOptions {
  readonly catalog: () => Promise<Catalog>;
  readonly scope: RequestScope;
}

/** Creates an MCP server instance that serves the catalog in one scope. The caller connects it to a transport. */
export function createMcpServer({ catalog, scope }: McpServerOptions): Server {
  const { instructions, ...info } = serverInfo();
  const { listChanged, updates, subscriptions } = scope;
  const lists = listChanged ? { listChanged } : {};
  const resources = { ...lists, ...(updates ? { subscribe: true } : {}) };
  const extensions = servesTasks({ scope }) ? { extensions: { [TASKS]: {} } } : {};
  const server = new ValidatingServer(info as ConstructorParameters<typeof ValidatingServer>[0], {
    // advertised even without registrations: some may be added later
    capabilities: { tools: lists, resources, prompts: lists, completions: {}, logging: {}, ...extensions },
    instructions,
    inputRequired: { roundTimeoutMs: numberEnv(ENV.ANSWER_SECONDS, DEFAULTS.ANSWER_SECONDS) * 1000 },
    cacheHints: {
      'server/discover': LIST_CACHE,
      'tools/list': LIST_CACHE,
      'prompts/list': LIST_CACHE,
      'resources/templates/list': LIST_CACHE,
    },
  });
  const instance: ServerInstance = { server, scope, catalog, logLevel: scope.logLevel };
  serveTools(instance);
  serveTasks(instance);
  serveResources(instance);
  if (subscriptions) serveSubscriptions(instance, subscriptions);
  servePrompts(instance);
  serveCompletions(instance);
  server.setRequestHandler(
    'logging/setLevel',
    withSafeErrors(async ({ params }) => {
      instance.logLevel = params.level;
      await scope.keepLogLevel?.(params.level);
      return {};
    }),
  );
  return server;
}
