import { expect, test } from 'vitest';
import { startFixture } from './support/fixture';
import { signedFetch } from './support/signed';
import { openSession } from './support/sse';
import { until } from './support/until';

const mayConnect = [
  { Version: '2012-10-17', Statement: [{ Effect: 'Allow' as const, Action: 'execute-api:Invoke', Resource: '*' }] },
];

test('with signed requests, a session takes messages of its own caller only', async () => {
  await using fixture = await startFixture({ enforceAuth: true });
  const alice = signedFetch(fixture.runner.issueCredentials('alice', mayConnect));
  const bob = signedFetch(fixture.runner.issueCredentials('bob', mayConnect));

  expect((await fetch(fixture.mcpUrl, { method: 'POST', body: '{}' })).status).toBe(403);

  const session = await openSession({ sseUrl: fixture.sseUrl }, await alice.headers('GET', fixture.sseUrl));
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const json = { 'content-type': 'application/json' };

  const foreign = await bob.fetch('POST', session.messageUrl, body, json);
  expect(foreign.status).toBe(404); // as for a session that does not exist: the answer gives nothing away
  expect(await foreign.json()).toHaveProperty('error');

  expect((await alice.fetch('POST', session.messageUrl, body, json)).status).toBe(202);
  await until('the answer', () => session.messages.some(({ id }) => id === 1));
  session.disconnect();
});

test('a signed caller without the grant is refused', async () => {
  await using fixture = await startFixture({ enforceAuth: true });
  const nobody = signedFetch(fixture.runner.issueCredentials('nobody', []));
  expect((await nobody.fetch('POST', fixture.mcpUrl, '{}', { 'content-type': 'application/json' })).status).toBe(403);
});
