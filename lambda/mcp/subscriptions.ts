import { ResourceNotFoundError } from '@modelcontextprotocol/server';
import { guarded } from './errors.js';
import type { Conversation, ResourceSubscriptions } from './exchange.js';
import { matchTemplate } from './uri-template.js';

/** Serves `resources/subscribe` and `resources/unsubscribe`. */
export function serveSubscriptions({ server, catalog }: Conversation, subscriptions: ResourceSubscriptions): void {
  server.setRequestHandler(
    'resources/subscribe',
    guarded(async ({ params: { uri } }) => {
      const { resources, templates } = await catalog();
      const known = resources.some((resource) => resource.uri === uri) || matchTemplate(templates, uri);
      if (!known) throw new ResourceNotFoundError(uri);
      await subscriptions.subscribe(uri);
      return {};
    }),
  );
  server.setRequestHandler(
    'resources/unsubscribe',
    guarded(async ({ params: { uri } }) => {
      await subscriptions.unsubscribe(uri);
      return {};
    }),
  );
}
