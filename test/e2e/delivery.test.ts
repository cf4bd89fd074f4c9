import { expect, test } from 'vitest';
import { httpClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { tamperingProxy } from './support/proxy';
import { initialize, openSession } from './support/sse';
import { until } from './support/until';

test('500 messages keep their order while a slow call runs and the queue redelivers one; no tool runs twice', async () => {
  let fixture: Fixture;
  let kept: { Messages: Array<{ Body: string; MessageId: string; ReceiptHandle: string }> } | undefined;
  let redelivered = 0;
  const proxy = await tamperingProxy(
    () => fixture.runner.awsEndpointUrl,
    ({ target, body }) => {
      if (target !== 'AmazonSQS.ReceiveMessage') return undefined;
      const answer = JSON.parse(body.toString());
      if (!kept && answer.Messages?.some((m: { Body: string }) => m.Body.includes('"n":42'))) kept = answer;
      else if (kept && redelivered === 0 && answer.Messages?.length) {
        redelivered = kept.Messages.length;
        return Buffer.from(JSON.stringify({ Messages: [...kept.Messages, ...answer.Messages] }));
      }
      return undefined;
    },
  );
  fixture = await startFixture({ sseEnvironment: { AWS_ENDPOINT_URL_SQS: proxy.url } });
  await using _ = fixture;
  await using session = await openSession(fixture);
  await initialize(session);

  const call = (id: number | string, name: string, args: object) =>
    session.post({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
  await call('slow', 'slow', { seconds: 20 });
  for (let n = 0; n < 500; n++) {
    // pings are answered in the order in which they are handed over; every tenth message is a call as well
    expect((await session.post({ jsonrpc: '2.0', id: `ping-${n}`, method: 'ping' })).status).toBe(202);
    if (n % 10 === 2) await call(n, 'record', { n });
  }
  // answers only: the server's own pings have such ids, too
  const answers = () => session.messages.filter(({ method, id }) => method === undefined && id !== 'init');
  await until('all answers', () => answers().length >= 550, 100);

  const pings = answers()
    .map(({ id }) => String(id))
    .filter((id) => id.startsWith('ping-'));
  expect(pings).toEqual(Array.from({ length: 500 }, (_, n) => `ping-${n}`));
  expect(redelivered).toBeGreaterThan(0);
  const runs = fixture
    .journal()
    .filter((line) => line.startsWith('record'))
    .map((line) => Number(line.split(' ')[1]));
  expect(runs.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i * 10 + 2));
  proxy.close();
});

test('a connection reset after the invocation: one execution, and an error for the client', async () => {
  let fixture: Fixture;
  let resets = 0;
  const proxy = await tamperingProxy(
    () => fixture.runner.awsEndpointUrl,
    ({ path }) => {
      if (!path.endsWith('/invocations')) return undefined;
      resets += 1;
      return 'reset';
    },
  );
  fixture = await startFixture({
    extend: ({ server }) => server.httpFunction.addEnvironment('AWS_ENDPOINT_URL_LAMBDA', proxy.url),
  });
  await using _ = fixture;
  const client = await httpClient(fixture);
  expect(await client.callTool({ name: 'record', arguments: { n: 1 } })).toMatchObject({ isError: true });
  expect(resets).toBe(1);
  expect(fixture.journal().filter((line) => line.startsWith('record'))).toHaveLength(1);
  await client.close();
  proxy.close();
});
