import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
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
    // the same role in sessions of other names: chosen names differ, names that an SDK generates from the time do not
    const renamed = await alices.post(PING, as('Alice', 'another-name'));
    ensure(renamed.status === 404, `message from another session of the role: expected 404, got ${renamed.status}`);
    const [before, after] = [0, 3_600_000].map((ms) => `aws-sdk-js-${Date.now() + ms}`) as [string, string];
    using generated = await session('Alice', before);
    const refreshed = await generated.post(PING, as('Alice', after));
    ensure(
      refreshed.status === 202,
      `message after renewing generated credentials: expected 202, got ${refreshed.status}`,
    );
    return 'another role: 404; owner: 202; unsigned: 403; the role under another chosen name: 404, under another generated name: 202';
  },
};

/** Longest time from `GET /sse` to the `endpoint` event. A warm function takes some 100 ms, a cold start a second. */
const ENDPOINT_MS = 2_000;
const SUCCESSIVE_SESSIONS = 20;

export const firstEvents: Check = {
  id: 21,
  claim: 'A session’s first event arrives at once',
  async run(context) {
    const times: number[] = [];
    for (let i = 0; i < SUCCESSIVE_SESSIONS; i += 1) {
      using session = await context.session();
      times.push(Math.round(session.openedAfterMs));
    }
    const slow = times.filter((ms) => ms > ENDPOINT_MS);
    const most = Math.max(...times);
    const holds =
      most > 14_000
        ? 'until the keep-alive, so that small first chunks are held back'
        : 'or the functions start slowly';
    ensure(
      !enforcesTimeLimits(context) || slow.length === 0,
      `${slow.length} of ${times.length} endpoint events took over ${ENDPOINT_MS} ms (${times.join(', ')} ms): ${holds}`,
    );
    times.sort((a, b) => a - b);
    return `${times.length} sessions one after the other: endpoint after ${times[times.length / 2]} ms (median), ${most} ms (max)`;
  },
};

export const manySessions: Check = {
  id: 11,
  claim: "CreateQueue's rate",
  run: (context) => openConcurrently(context, 'queues with tags'),
  afterUpdate: (context) => openConcurrently(context, 'queues without tags'),
};

/** Time for all sessions to open. CreateQueue is retried for 10 seconds. */
const ALL_OPEN_MS = 15_000;

async function openConcurrently(context: Context, queues: string): Promise<string> {
  const { sessions } = context.target.sizes;
  const started = Date.now();
  const opened = await Promise.allSettled(Array.from({ length: sessions }, () => context.session()));
  const ms = Date.now() - started;
  const failures = opened.flatMap((each) => (each.status === 'rejected' ? [String(each.reason.message)] : []));
  for (const each of opened) if (each.status === 'fulfilled') each.value.disconnect();
  ensure(
    failures.length === 0,
    `${queues}: ${failures.length} of ${sessions} failed, e.g. ${failures[0]} (${NEW_ACCOUNT})`,
  );
  ensure(
    !enforcesTimeLimits(context) || ms < ALL_OPEN_MS,
    `${queues}: opening ${sessions} sessions concurrently took ${ms} ms: CreateQueue is throttled`,
  );
  return `${queues}: opened ${sessions} sessions concurrently in ${ms} ms`;
}

export const progressLatency: Check = {
  id: 14,
  claim: 'Progress arrives while the function runs',
  async run(context) {
    await using client = await httpClient(context.outputs.Mcp!, context.as('Alice'));
    return await callWithProgress(context, client); // before the client is closed
  },
};

/** Calls the tool `steps`, and checks that its progress arrives one by one. */
export async function callWithProgress(context: Context, client: Client): Promise<string> {
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
}

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
