import { expect, test } from 'vitest';
import { httpClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';
import { tamperingProxy } from './support/proxy';
import { initialize, openSession } from './support/sse';
import { until } from './support/until';

test('delivers 500 messages in order and runs each tool once, despite a slow call and a redelivered message', async () => {
  let fixture: Fixture;
  let captured: { Messages: Array<{ Body: string; MessageId: string; ReceiptHandle: string }> } | undefined;
  let redelivered = 0;
  const proxy = await tamperingProxy(
    () => fixture.runner.awsEndpointUrl,
    ({ target, body }) => {
      if (target !== 'AmazonSQS.ReceiveMessage') return undefined;
      const response = JSON.parse(body.toString());
      if (!captured && response.Messages?.some((m: { Body: string }) => m.Body.includes('"n":42'))) captured = response;
      else if (captured && redelivered === 0 && response.Messages?.length) {
        redelivered = captured.Messages.length;
        return Buffer.from(JSON.stringify({ Messages: [...captured.Messages, ...response.Messages] }));
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
    // pings are answered in delivery order; every tenth one is followed by a call
    expect((await session.post({ jsonrpc: '2.0', id: `ping-${n}`, method: 'ping' })).status).toBe(202);
    if (n % 10 === 2) await call(n, 'record', { n });
  }
  // responses only: the server's own pings have ids too
  const responses = () => session.messages.filter(({ method, id }) => method === undefined && id !== 'init');
  await until('all responses', () => responses().length >= 550, 100);

  const pings = responses()
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

test('returns an error and does not retry if the connection is reset after the invocation', async () => {
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
