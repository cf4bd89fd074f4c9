import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { type Check, ensure, NEW_ACCOUNT, NO_SESSION, PING, until } from '../check.mjs';
import { httpClient, sseClient, textOf } from '../client/mcp.mjs';
import { signedFetch } from '../client/signed.mjs';

const REQUESTS = 400;

export const metrics: Check = {
  id: 8,
  claim: 'Metrics appear',
  awsOnly: 'there is no CloudWatch on the local runner',
  async run(context) {
    const { target, outputs, as, say, run } = context;
    await using client = await httpClient(outputs.Mcp!, as('Alice'));
    await client.callTool({ name: 'echo', arguments: { message: 'measured' } });
    say('waiting for a metric');
    const cloudWatch = new CloudWatchClient(target.client);
    const started = Date.now();
    await until(
      context,
      `the metric ToolCalls of the server verify-${run} in the namespace McpLambda`,
      600,
      async () => {
        const { Datapoints = [] } = await cloudWatch.send(
          new GetMetricStatisticsCommand({
            Namespace: 'McpLambda',
            MetricName: 'ToolCalls',
            Dimensions: [{ Name: 'Server', Value: `verify-${run}` }],
            StartTime: new Date(started - 3_600_000),
            EndTime: new Date(Date.now() + 60_000),
            Period: 60,
            Statistics: ['Sum'],
          }),
        );
        return Datapoints.some(({ Sum = 0 }) => Sum > 0);
      },
    );
    return `there ${Math.round((Date.now() - started) / 1000)} s after the call`;
  },
};

export const network: Check = {
  id: 9,
  claim: 'In a VPC',
  option: 'vpc',
  awsOnly: 'there are no networks on the local runner',
  async run({ target, vpc, signal }) {
    ensure(vpc, 'the stack with the VPC has not been deployed');
    const send = signedFetch(target.region, target.credentialsOf('Alice', vpc.AliceArn!), signal);
    for (const connect of [() => httpClient(vpc.Mcp!, send), () => sseClient(vpc.Sse!, send)]) {
      await using client = await connect();
      const text = textOf(await client.callTool({ name: 'echo', arguments: { message: 'inside' } }));
      ensure(text === 'inside', `the tool answered: ${text}`);
    }
    return 'a tool was called over both transports, from subnets with endpoints only';
  },
};

export const throttling: Check = {
  id: 10,
  claim: 'Throttling answers 429',
  async run({ outputs, as }) {
    const url = `${outputs.Message}?sessionId=${NO_SESSION}`;
    const send = as('Alice');
    const statuses = await Promise.all(
      Array.from({ length: REQUESTS }, async () => {
        const response = await send(url, {
          method: 'POST',
          body: JSON.stringify(PING),
          headers: { 'content-type': 'application/json' },
        });
        await response.text();
        return response.status;
      }),
    );
    const counts = new Map<number, number>();
    for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
    const seen = [...counts].map(([status, count]) => `${count} × ${status}`).join(', ');
    ensure(
      !statuses.some((status) => status >= 500),
      `errors of the server among ${REQUESTS} requests: ${seen} (${NEW_ACCOUNT})`,
    );
    ensure(
      counts.has(429),
      `none of ${REQUESTS} requests at once got 429 with a rate of 50 and a burst of 100: ${seen}`,
    );
    return `${REQUESTS} requests at once, rate 50, burst 100: ${seen}`;
  },
};

export const python: Check = {
  id: 18,
  claim: 'Functions in Python behave as under the local runner',
  awsOnly: 'needs Python; `npm run test:interop` runs functions in Python and Java on the local runner',
  async run({ outputs, as }) {
    await using client = await httpClient(outputs.Mcp!, as('Alice'));
    const root = textOf(await client.callTool({ name: 'python', arguments: { n: 16 } }));
    const failed = await client.callTool({ name: 'python', arguments: { n: -1 } });
    ensure(JSON.parse(root).root === 4 && JSON.parse(root).method === 'tools/call', `the tool answered: ${root}`);
    const text = textOf(failed);
    ensure(failed.isError && text.includes('no roots of negative numbers'), `an exception became: ${text}`);
    ensure(!text.includes('File "'), `a stack trace reached the client: ${text}`);
    return `result, client context and exception ("${text}") arrive`;
  },
};
