import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { McpClientFeature, McpEvent, type McpLambdaServerProps, McpTaskSupport } from '../../src';
import { expireTasks } from './support/aws';
import { httpClient } from './support/clients';
import { type Fixture, type FixtureOptions, startFixture } from './support/fixture';
import { signedFetch } from './support/signed';
import { taskClient } from './support/tasks';
import { until } from './support/until';

interface TasksOptions extends Omit<FixtureOptions, 'server'> {
  readonly server?: McpLambdaServerProps;
}

/** The test app with tools that run as tasks, without `legacySse`, to grant no more permissions than tasks need. */
function startTasks({ server, extend, ...options }: TasksOptions = {}): Promise<Fixture> {
  return startFixture({
    ...options,
    server: { legacySse: false, ...server },
    extend: (app) => {
      const request = { event: McpEvent.request() };
      const asksClient = [McpClientFeature.ELICITATION];
      const { OPTIONAL, REQUIRED } = McpTaskSupport;
      app.server.addTool(app.fn('work'), { name: 'work', taskSupport: OPTIONAL });
      app.server.addTool(app.fn('interview'), { name: 'interview', taskSupport: OPTIONAL, asksClient, ...request });
      const timeout = Duration.seconds(4);
      app.server.addTool(app.fn('watch'), { name: 'watch', taskSupport: REQUIRED, timeout, ...request });
      extend?.(app);
    },
  });
}

/** A file that lets a call of `work` finish when it is created. */
function gate() {
  const waitFor = join(mkdtempSync(join(tmpdir(), 'task-')), 'finish');
  return { waitFor, open: () => writeFileSync(waitFor, '') };
}

const text = (outcome: any) => outcome.result?.content?.[0]?.text;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startTasks();
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

test('a task continues after its client disconnects, and another client gets its result', async () => {
  const { waitFor, open } = gate();
  const first = await taskClient(fixture.mcpUrl);
  const execution = await first.session.callTool('work', { id: 'outlive', waitFor }); // returns while the function runs
  if (execution.kind !== 'task') throw new Error(`expected a task, got ${execution.kind}`);
  const reference = JSON.stringify(execution.serializeReference());
  await execution.detach();
  await first.disconnect();
  open();

  await using second = await taskClient(fixture.mcpUrl);
  const { outcome } = await (await second.session.resumeTask(JSON.parse(reference))).settle();
  expect(outcome.status).toBe('completed');
  expect(text(outcome)).toBe('worked on outlive');
  expect(fixture.journal().filter((line) => line === 'work started outlive')).toHaveLength(1);
});

test('a cancelled task stays cancelled after its function finishes', async () => {
  const { waitFor, open } = gate();
  await using client = await taskClient(fixture.mcpUrl);
  const execution = await client.session.callTool('work', { id: 'cancel', waitFor });
  await until('the function to start', () => fixture.journal().includes('work started cancel'));
  await execution.cancel();
  const task = client.session.task(execution.handle!.taskId);
  expect((await task.snapshot()).status).toBe('cancelled');
  open();
  await until('the function to finish', () => fixture.journal().includes('work finished cancel'));
  await (await client.session.callTool('work', { id: 'later' })).settle(); // by then, the earlier run has ended too
  expect((await task.snapshot()).status).toBe('cancelled');
  expect(await task.result()).toMatchObject({ status: 'cancelled' });
});

test('a task asks the client twice', async () => {
  const asked: string[] = [];
  await using client = await taskClient(fixture.mcpUrl, {
    onInputRequest: async (request) => {
      const { message } = request.params as { message: string };
      asked.push(message);
      return { action: 'accept', content: message === 'Your name?' ? { name: 'Ada' } : { colour: 'green' } } as never;
    },
  });
  const { outcome } = await (await client.session.callTool('interview', {})).settle();
  expect(text(outcome)).toBe('Ada likes green');
  expect(asked).toEqual(['Your name?', 'Your colour?']);
});

test('an expired task no longer exists', async () => {
  await using expiring = await startTasks();
  await using client = await taskClient(expiring.mcpUrl);
  const execution = await client.session.callTool('work', { id: 'expire' });
  const task = client.session.task(execution.handle!.taskId);
  await until('the result', async () => (await task.snapshot()).status === 'completed');
  await expireTasks(expiring);
  await expect(task.snapshot()).rejects.toThrow(/task not found or expired/);
});

test('hides a task from other callers', async () => {
  const mayConnect = [
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow' as const, Action: 'execute-api:Invoke', Resource: '*' }] },
  ];
  await using signed = await startTasks({ enforceAuth: true });
  const as = (name: string) => {
    const caller = signedFetch(signed.runner.issueCredentials(name, mayConnect));
    return taskClient(signed.mcpUrl, {}, (body, headers) => caller.fetch('POST', signed.mcpUrl, body, headers));
  };
  await using alice = await as('alice');
  await using bob = await as('bob');
  const execution = await alice.session.callTool('work', { id: 'alice' });
  const { taskId } = execution.handle!;
  const others = bob.session.task(taskId);
  const unknown = bob.session.task('0'.repeat(32) as typeof taskId);
  const [othersError, unknownError] = await Promise.all(
    [others, unknown].map((task) => task.snapshot().catch((error) => error.message)),
  );
  expect(othersError).toMatch(/task not found or expired/);
  expect(othersError).toBe(unknownError);
  await expect(others.cancel()).rejects.toThrow(/task not found or expired/);
  expect(text((await execution.settle()).outcome)).toBe('worked on alice');
});

test('continues a task in another invocation when time runs out', async () => {
  let starts = 0;
  await using short = await startTasks({
    onAccess: ({ action, resource, granted }) => {
      if (granted && action === 'lambda:InvokeFunction' && resource.includes('TaskRunner')) starts += 1;
    },
    modifyTemplate: (template) => {
      for (const [id, { Properties }] of Object.entries(template.Resources ?? {})) {
        if (id.startsWith('McpTaskRunnerFunction') && Properties?.Timeout) Properties.Timeout = 15;
      }
      return template;
    },
  });
  await using client = await taskClient(short.mcpUrl);
  const { outcome } = await (await client.session.callTool('watch', { rounds: 8 })).settle();
  expect(text(outcome)).toBe('done after 8 rounds');
  const rounds = short.journal().filter((line) => line.startsWith('round'));
  expect(rounds).toEqual(Array.from({ length: 9 }, (_, n) => `round ${n}`));
  expect(starts).toBeGreaterThan(1);
});

test('without task support, a client gets the result or an error', async () => {
  const old = await httpClient(fixture);
  expect(await old.callTool({ name: 'work', arguments: { id: 'direct' } })).toMatchObject({
    content: [{ text: 'worked on direct' }],
  });
  expect(await old.callTool({ name: 'watch', arguments: { rounds: 0 } })).toMatchObject({ isError: true });
  await old.close();

  const modern = new V2Client(
    { name: 'e2e', version: '1.0.0' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  await modern.connect(new V2Http(fixture.mcpUrl));
  expect(await modern.callTool({ name: 'work', arguments: { id: 'direct' } })).toMatchObject({
    content: [{ text: 'worked on direct' }],
  });
  await expect(modern.callTool({ name: 'watch', arguments: { rounds: 0 } })).rejects.toMatchObject({ code: -32021 });
  await modern.close();
});
