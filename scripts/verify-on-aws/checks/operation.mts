import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { type Check, ensure, NEW_ACCOUNT, PING, UNKNOWN_SESSION_ID, until } from '../check.mjs';
import { httpClient, sseClient, textOf } from '../client/mcp.mjs';
import { signedFetch } from '../client/signed-fetch.mjs';

/** Requests at once. If none gets 429, they arrived no faster than the bucket refills, and more are sent. */
const REQUESTS = [400, 800, 1_600];

export const metrics: Check = {
  id: 8,
  claim: 'Metrics appear',
  awsOnly: 'the local runner does not emulate CloudWatch',
  async run(context) {
    const { target, outputs, as, log, run } = context;
    await using client = await httpClient(outputs.Mcp!, as('Alice'));
    await client.callTool({ name: 'echo', arguments: { message: 'measured' } });
    log('waiting for a metric');
    const cloudWatch = new CloudWatchClient(target.client);
    const started = Date.now();
    await until(context, `the metric ToolCalls of server verify-${run} in namespace McpLambda`, 600, async () => {
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
    });
    return `available ${Math.round((Date.now() - started) / 1000)} s after the call`;
  },
};

export const network: Check = {
  id: 9,
  claim: 'In a VPC',
  option: 'vpc',
  awsOnly: 'the local runner does not emulate VPCs',
  async run({ target, vpc, signal }) {
    ensure(vpc, 'the VPC stack is not deployed');
    const send = signedFetch(target.region, target.credentialsOf('Alice', vpc.AliceArn!), signal);
    for (const connect of [() => httpClient(vpc.Mcp!, send), () => sseClient(vpc.Sse!, send)]) {
      await using client = await connect();
      const text = textOf(await client.callTool({ name: 'echo', arguments: { message: 'inside' } }));
      ensure(text === 'inside', `unexpected tool result: ${text}`);
    }
    return 'called a tool over both transports from isolated subnets with VPC endpoints';
  },
};

export const throttling: Check = {
  id: 10,
  claim: 'Throttling answers 429',
  async run({ outputs, sign }) {
    // signed once: a sender that is slower than the rate proves nothing
    const send = await sign('Alice')(`${outputs.Message}?sessionId=${UNKNOWN_SESSION_ID}`, {
      method: 'POST',
      body: JSON.stringify(PING),
      headers: { 'content-type': 'application/json' },
    });
    const counts = new Map<number, number>();
    let [sent, seen] = [0, ''];
    for (const requests of REQUESTS) {
      await Promise.all(
        Array.from({ length: requests }, async () => {
          const response = await send();
          await response.text();
          counts.set(response.status, (counts.get(response.status) ?? 0) + 1);
        }),
      );
      sent += requests;
      seen = [...counts].map(([status, count]) => `${count} × ${status}`).join(', ');
      ensure(
        [...counts.keys()].every((status) => status < 500),
        `server errors among ${sent} requests: ${seen} (${NEW_ACCOUNT})`,
      );
      if (counts.has(429)) return `${requests} concurrent requests at rate 50 and burst 100: ${seen}`;
    }
    throw new Error(
      `expected some of ${REQUESTS.at(-1)} concurrent requests to get 429 at rate 50 and burst 100: ${seen}`,
    );
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
    ensure(JSON.parse(root).root === 4 && JSON.parse(root).method === 'tools/call', `unexpected tool result: ${root}`);
    const text = textOf(failed);
    ensure(failed.isError && text.includes('negative input'), `unexpected error result for an exception: ${text}`);
    ensure(!text.includes('File "'), `stack trace in the error result: ${text}`);
    return `received the result, the client context and the exception ("${text}")`;
  },
};
