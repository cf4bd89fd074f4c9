import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Check, type Context, ensure, judgesTime, NEW_ACCOUNT, PING, until } from '../check.mjs';
import { httpClient } from '../client/mcp.mjs';

const PINGS = 20;
/** Beyond this a chunk was held back: one that goes through at once takes tens of milliseconds. */
const HELD_BACK_MS = 1_000;

export const longStream: Check = {
  id: 2,
  claim: 'Streams live 14 minutes',
  option: 'long',
  async run(context) {
    const { sessionSeconds } = context.target.sizes;
    const judged = judgesTime(context);
    context.say(`a stream of ${sessionSeconds} s`);
    using session = await context.session();
    const started = Date.now();
    await session.initialize();
    // not idle for 5 minutes
    const talk = setInterval(() => void session.request('tools/list').catch(() => {}), 60_000);
    const outcome = await Promise.race([
      session.ended.then(
        () => 'ended',
        (error: Error) => `broke: ${error.message}`,
      ),
      ...(judged ? [sleep((sessionSeconds + 90) * 1000, 'lasted too long', { ref: false })] : []),
    ]).finally(() => clearInterval(talk));
    const seconds = Math.round((Date.now() - started) / 1000);
    ensure(outcome === 'ended', `after ${seconds} s the stream ${outcome}`);
    ensure(!judged || seconds >= sessionSeconds - 30, `the stream ended after ${seconds} s already`);
    ensure(/^retry: ?\d+$/m.test(session.text.slice(-500)), `no retry: at its end: ${session.text.slice(-200)}`);
    return `ended after ${seconds} s with retry:, not with an error`;
  },
};

export const promptEvents: Check = {
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
      !judgesTime(context) || median < HELD_BACK_MS,
      `POST to event takes ${median} ms (median of ${PINGS}): something holds small chunks back`,
    );
    return `POST to event: median ${median} ms, max ${max} ms, ${PINGS} messages`;
  },
};

export const vanishedClient: Check = {
  id: 4,
  claim: 'A session ends soon after its client vanished',
  async run(context) {
    using session = await context.session();
    await session.initialize();
    const id = new URL(session.messageUrl).searchParams.get('sessionId')!;
    const record = (await recordsOf(context)).find((item) => item.sk?.S === id);
    ensure(record, 'the session has no record in the session table');
    session.vanish();
    const started = Date.now();
    const limit = context.target.sizes.pingSeconds * 6 + 15; // two pings unanswered, and what delays them
    await until(context, "the session's record and queue are gone", limit, async () => {
      const there = (await recordsOf(context)).some((item) => item.sk?.S === id);
      return !there && !(await queuesOf(context)).includes(record.queueUrl!.S!);
    });
    return `record and queue gone ${Math.round((Date.now() - started) / 1000)} s after the connection was cut`;
  },
};

export const owner: Check = {
  id: 5,
  claim: 'The signed caller is who the session belongs to',
  async run(context) {
    const { session, as, outputs } = context;
    const unsigned = await fetch(outputs.Mcp!, { method: 'POST', body: '{}' });
    ensure(unsigned.status === 403, `an unsigned request: ${unsigned.status} in place of 403`);
    using alices = await session('Alice');
    const [bobs, own] = [await alices.post(PING, as('Bob')), await alices.post(PING)];
    ensure(bobs.status === 404, `another role's message to the session: ${bobs.status} in place of 404`);
    ensure(own.status === 202, `the owner's message: ${own.status} in place of 202`);
    return 'another role: 404; the one who opened it: 202; unsigned: 403';
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
    for (const each of opened) if (each.status === 'fulfilled') each.value.vanish();
    ensure(failures.length === 0, `${failures.length} of ${sessions} failed, e.g. ${failures[0]} (${NEW_ACCOUNT})`);
    return `${sessions} sessions opened at once, the last after ${ms} ms`;
  },
};

export const promptProgress: Check = {
  id: 14,
  claim: 'Progress arrives while the function runs',
  async run(context) {
    await using client = await httpClient(context.outputs.Mcp!, context.as('Alice'));
    const [count, pauseMs] = [5, 500];
    const [notes, at]: [number[], number[]] = [[], []];
    const onprogress = ({ progress }: { progress: number }) => {
      notes.push(progress);
      at.push(Date.now());
    };
    await client.callTool({ name: 'steps', arguments: { count, pauseMs } }, undefined, { onprogress });
    const end = Date.now();
    const wanted = Array.from({ length: count }, (_, i) => i + 1).join(', ');
    ensure(
      notes.join(', ') === wanted,
      `notes of progress before the result: ${notes.join(', ')} in place of ${wanted}`,
    );
    // the function gives the first one four pauses before the last
    const ahead = end - at[0]!;
    ensure(
      !judgesTime(context) || ahead > pauseMs,
      `all ${count} arrived together with the result, the first only ${ahead} ms before it`,
    );
    const gaps = at.slice(1).map((time, i) => time - at[i]!);
    return `${count} notes, ${gaps.join(', ')} ms apart (the function pauses ${pauseMs} ms)`;
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
