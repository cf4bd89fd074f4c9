import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import { publishUpdate } from '../../support/publish.js';
import { resource } from '../mcp/registrations.js';
import { pause, SessionFixture } from './session-fixture.js';
import { until } from './sessions.js';

const fixture = new SessionFixture();
beforeAll(() => fixture.server.tables.register(resource('page', { uriTemplate: 'docs://{page}' })));
afterEach(() => {
  delete process.env[ENV.NOTIFICATIONS];
});

const publish = (uri: string) => publishUpdate(fixture.server.dynamoDb, fixture.server.tables.sessions, uri);

test('notifies a session of updates to its subscriptions, until it unsubscribes', async () => {
  fixture.set({ [ENV.NOTIFICATIONS]: 'on' });
  await publish('docs://a');
  const client = await fixture.connect();
  expect(client.getServerCapabilities()?.resources).toEqual({ listChanged: true, subscribe: true });
  const notified: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void notified.push(params.uri));
  await Promise.all(['docs://a', 'docs://b'].map((uri) => client.subscribeResource({ uri })));
  await publish('docs://a');
  await publish('docs://c');
  await until(() => notified.length > 0);
  await publish('docs://b');
  await until(() => notified.length > 1);
  await client.unsubscribeResource({ uri: 'docs://a' });
  await publish('docs://a');
  await publish('docs://b');
  await until(() => notified.length > 2);
  await pause(1_500);
  expect(notified).toEqual(['docs://a', 'docs://b', 'docs://b']);
});

test('rejects unknown resources and more than 100 subscriptions', async () => {
  fixture.set({ [ENV.NOTIFICATIONS]: 'on' });
  const client = await fixture.connect();
  await expect(client.subscribeResource({ uri: 'other://x' })).rejects.toMatchObject({ code: -32602 });
  await Promise.all(Array.from({ length: 100 }, (_, n) => client.subscribeResource({ uri: `docs://${n}` })));
  await client.subscribeResource({ uri: 'docs://99' }); // a second time
  await expect(client.subscribeResource({ uri: 'docs://100' })).rejects.toThrow(/100 resources/);
});

test('has no subscriptions without notifications', async () => {
  const client = await fixture.connect();
  expect(client.getServerCapabilities()?.resources).toEqual({ listChanged: true });
  await expect(client.subscribeResource({ uri: 'docs://a' })).rejects.toMatchObject({ code: -32601 });
});
