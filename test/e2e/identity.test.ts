import { expect, test } from 'vitest';
import { startFixture } from './support/fixture';
import { signedFetch } from './support/signed';
import { openSession } from './support/sse';
import { until } from './support/until';

const mayConnect = [
  { Version: '2012-10-17', Statement: [{ Effect: 'Allow' as const, Action: 'execute-api:Invoke', Resource: '*' }] },
];

test('rejects messages of other signed callers', async () => {
  await using fixture = await startFixture({ enforceAuth: true });
  const alice = signedFetch(fixture.runner.issueCredentials('alice', mayConnect));
  const bob = signedFetch(fixture.runner.issueCredentials('bob', mayConnect));

  expect((await fetch(fixture.mcpUrl, { method: 'POST', body: '{}' })).status).toBe(403);

  const session = await openSession({ sseUrl: fixture.sseUrl }, await alice.headers('GET', fixture.sseUrl));
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const json = { 'content-type': 'application/json' };

  const foreign = await bob.fetch('POST', session.messageUrl, body, json);
  expect(foreign.status).toBe(404); // the same as for an unknown session, to reveal nothing
  expect(await foreign.json()).toHaveProperty('error');

  expect((await alice.fetch('POST', session.messageUrl, body, json)).status).toBe(202);
  await until('the response', () => session.messages.some(({ id }) => id === 1));
  session.disconnect();
});

test('denies a signed caller without the grant', async () => {
  await using fixture = await startFixture({ enforceAuth: true });
  const ungranted = signedFetch(fixture.runner.issueCredentials('ungranted', []));
  expect((await ungranted.fetch('POST', fixture.mcpUrl, '{}', { 'content-type': 'application/json' })).status).toBe(
    403,
  );
});
