import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Check, type Context, enforcesTimeLimits, ensure, NEW_ACCOUNT, PING, until } from '../check.mjs';
import { httpClient } from '../client/mcp.mjs';

const PINGS = 20;
/** A slower chunk was buffered on the way. An unbuffered chunk takes tens of milliseconds. */
const BUFFERED_MS = 1_000;

export const longStream: Check = {
  id: 2,
  claim: 'Streams live 14 minutes',
  option: 'long',
  async run(context) {
    const { sessionSeconds } = context.target.sizes;
    const timed = enforcesTimeLimits(context);
    context.log(`holding a stream open for ${sessionSeconds} s`);
    using session = await context.session();
    const started = Date.now();
    await session.initialize();
    // API Gateway closes a stream after 5 idle minutes
    const keepAlive = setInterval(() => void session.request('tools/list').catch(() => {}), 60_000);
    const outcome = await Promise.race([
      session.ended.then(
        () => 'ended',
        (error: Error) => `failed: ${error.message}`,
      ),
      ...(timed ? [sleep((sessionSeconds + 90) * 1000, 'did not end in time', { ref: false })] : []),
    ]).finally(() => clearInterval(keepAlive));
    const seconds = Math.round((Date.now() - started) / 1000);
    ensure(outcome === 'ended', `after ${seconds} s the stream ${outcome}`);
    ensure(!timed || seconds >= sessionSeconds - 30, `the stream ended too early, after ${seconds} s`);
    ensure(
      /^retry: ?\d+$/m.test(session.text.slice(-500)),
      `expected retry: at the end of the stream, got: ${session.text.slice(-200)}`,
    );
    return `ended after ${seconds} s with retry: and without an error`;
  },
};

export const eventLatency: Check = {
  id: 3,
  claim: 'Small events arrive at once',
  async run(context) {
    using session = await context.session();
    await session.initialize();
    const times: number[] = [];
    for (let i = 0; i < PINGS; i += 1) times.push((await session.request('ping')).ms);
    times.sort((a, b) => a - b);
    const [median, max] = [times[PINGS / 2]!, times.at(-1)!].map(Math.round) as [number, number];
    ensure(
      !enforcesTimeLimits(context) || median < BUFFERED_MS,
      `median of ${median} ms from POST to event (${PINGS} messages): small chunks are buffered`,
    );
    return `POST to event: median ${median} ms, max ${max} ms, ${PINGS} messages`;
  },
};

export const disconnectedClient: Check = {
  id: 4,
  claim: 'A session ends soon after its client disconnects',
  async run(context) {
    using session = await context.session();
    await session.initialize();
    const id = new URL(session.messageUrl).searchParams.get('sessionId')!;
    const record = (await recordsOf(context)).find((item) => item.sk?.S === id);
    ensure(record, 'the session table has no record of the session');
    session.disconnect();
    const started = Date.now();
    const limit = context.target.sizes.pingSeconds * 6 + 15; // two unanswered pings, plus a margin
    await until(context, 'deletion of the session record and the queue', limit, async () => {
      const exists = (await recordsOf(context)).some((item) => item.sk?.S === id);
      return !exists && !(await queuesOf(context)).includes(record.queueUrl!.S!);
    });
    return `record and queue deleted ${Math.round((Date.now() - started) / 1000)} s after the client disconnected`;
  },
};

export const sessionOwner: Check = {
  id: 5,
  claim: 'A session belongs to the caller who signed its first request',
  async run(context) {
    const { session, as, outputs } = context;
    const unsigned = await fetch(outputs.Mcp!, { method: 'POST', body: '{}' });
    ensure(unsigned.status === 403, `unsigned request: expected 403, got ${unsigned.status}`);
    using alices = await session('Alice');
    const [bobs, own] = [await alices.post(PING, as('Bob')), await alices.post(PING)];
    ensure(bobs.status === 404, `message from another role: expected 404, got ${bobs.status}`);
    ensure(own.status === 202, `message from the owner: expected 202, got ${own.status}`);
    return 'another role: 404; owner: 202; unsigned: 403';
  },
};

export const manySessions: Check = {
  id: 11,
  claim: "CreateQueue's rate",
  async run(context) {
    const { sessions } = context.target.sizes;
    const started = Date.now();
    const opened = await Promise.allSettled(Array.from({ length: sessions }, () => context.session()));
    const ms = Date.now() - started;
    const failures = opened.flatMap((each) => (each.status === 'rejected' ? [String(each.reason.message)] : []));
    for (const each of opened) if (each.status === 'fulfilled') each.value.disconnect();
    ensure(failures.length === 0, `${failures.length} of ${sessions} failed, e.g. ${failures[0]} (${NEW_ACCOUNT})`);
    return `opened ${sessions} sessions concurrently in ${ms} ms`;
  },
};

export const progressLatency: Check = {
  id: 14,
  claim: 'Progress arrives while the function runs',
  async run(context) {
    await using client = await httpClient(context.outputs.Mcp!, context.as('Alice'));
    const [count, pauseMs] = [5, 500];
    const [received, receivedAt]: [number[], number[]] = [[], []];
    const onprogress = ({ progress }: { progress: number }) => {
      received.push(progress);
      receivedAt.push(Date.now());
    };
    await client.callTool({ name: 'steps', arguments: { count, pauseMs } }, undefined, { onprogress });
    const end = Date.now();
    const expected = Array.from({ length: count }, (_, i) => i + 1).join(', ');
    ensure(
      received.join(', ') === expected,
      `progress before the result: expected ${expected}, got ${received.join(', ')}`,
    );
    // the function sends the first notification four pauses before the last
    const ahead = end - receivedAt[0]!;
    ensure(
      !enforcesTimeLimits(context) || ahead > pauseMs,
      `all ${count} notifications arrived with the result, the first only ${ahead} ms before it`,
    );
    const gaps = receivedAt.slice(1).map((time, i) => time - receivedAt[i]!);
    return `${count} notifications, ${gaps.join(', ')} ms apart (the function pauses ${pauseMs} ms)`;
  },
};

async function recordsOf({ target, outputs }: Context) {
  const { Items = [] } = await new DynamoDBClient(target.client).send(
    new QueryCommand({
      TableName: outputs.SessionTable,
      KeyConditionExpression: 'pk = :sse',
      ExpressionAttributeValues: { ':sse': { S: 'sse' } },
      ConsistentRead: true,
    }),
  );
  return Items;
}

async function queuesOf({ target, outputs }: Context): Promise<string[]> {
  const { QueueUrls = [] } = await new SQSClient(target.client).send(
    new ListQueuesCommand({ QueueNamePrefix: `${outputs.ServerId}-` }),
  );
  return QueueUrls;
}
