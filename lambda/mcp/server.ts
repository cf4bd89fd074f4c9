import type { Server } from '@modelcontextprotocol/server';
import { ENV } from '../../src/private/contract.js';
import { numberEnv } from '../shared/env.js';
import { serverInfo } from '../shared/server-info.js';
import { servesTasks, TASKS } from '../tasks/extension.js';
import { serveTasks } from '../tasks/serve.js';
import type { Catalog } from './catalog.js';
import { CheckedServer } from './checked-server.js';
import { serveCompletions } from './completions.js';
import { guarded } from './errors.js';
import type { Conversation, Exchange } from './exchange.js';
import { LIST_CACHE } from './pagination.js';
import { servePrompts } from './prompts.js';
import { serveResources } from './resources.js';
import { serveSubscriptions } from './subscriptions.js';
import { serveTools } from './tools.js';

export type { Exchange } from './exchange.js';

/** People are slow: long enough to think, short enough that a forgotten question does not hold a session. */
const DEFAULT_ANSWER_SECONDS = 600;

export interface McpServerOptions {
  readonly catalog: () => Promise<Catalog>;
  readonly exchange: Exchange;
}

/** An MCP server whose tools, resources and prompts are the catalog's, for one exchange: connect it to a transport. */
export function createMcpServer({ catalog, exchange }: McpServerOptions): Server {
  const { instructions, ...info } = serverInfo();
  const { listChanged, updates, subscriptions } = exchange;
  const kind = listChanged ? { listChanged } : {};
  const resources = { ...kind, ...(updates ? { subscribe: true } : {}) };
  const extensions = servesTasks({ exchange }) ? { extensions: { [TASKS]: {} } } : {};
  const server = new CheckedServer(info as ConstructorParameters<typeof CheckedServer>[0], {
    // advertised even when empty: registrations may come later
    capabilities: { tools: kind, resources, prompts: kind, completions: {}, logging: {}, ...extensions },
    instructions,
    inputRequired: { roundTimeoutMs: numberEnv(ENV.ANSWER_SECONDS, DEFAULT_ANSWER_SECONDS) * 1000 },
    cacheHints: {
      'server/discover': LIST_CACHE,
      'tools/list': LIST_CACHE,
      'prompts/list': LIST_CACHE,
      'resources/templates/list': LIST_CACHE,
    },
  });
  const conversation: Conversation = { server, exchange, catalog, logLevel: exchange.logLevel };
  serveTools(conversation);
  serveTasks(conversation);
  serveResources(conversation);
  if (subscriptions) serveSubscriptions(conversation, subscriptions);
  servePrompts(conversation);
  serveCompletions(conversation);
  server.setRequestHandler(
    'logging/setLevel',
    guarded(async ({ params }) => {
      conversation.logLevel = params.level;
      await exchange.keepLogLevel?.(params.level);
      return {};
    }),
  );
  return server;
}
