import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { McpClientFeature, type McpLambdaServerProps, McpPayload, McpTaskSupport } from '../../src';
import { ENV } from '../../src/private/contract';
import { httpClient } from './support/clients';
import { type Fixture, type FixtureOptions, startFixture } from './support/fixture';
import { signedFetch } from './support/signed';
import { taskClient } from './support/tasks';
import { until } from './support/until';

interface TasksOptions extends Omit<FixtureOptions, 'server'> {
  readonly server?: McpLambdaServerProps;
}

/** The tests' app with tools that run as tasks; without `legacySse`, whose permissions are more than tasks need. */
function startTasks({ server, extend, ...options }: TasksOptions = {}): Promise<Fixture> {
  return startFixture({
    ...options,
    server: { legacySse: false, ...server },
    extend: (app) => {
      const request = { payload: McpPayload.REQUEST };
      const asksClient = [McpClientFeature.ELICITATION];
      const { OPTIONAL, REQUIRED } = McpTaskSupport;
      app.server.addTool(app.fn('work'), { name: 'work', taskSupport: OPTIONAL });
      app.server.addTool(app.fn('interview'), { name: 'interview', taskSupport: OPTIONAL, asksClient, ...request });
      const timeout = Duration.seconds(2);
      app.server.addTool(app.fn('watch'), { name: 'watch', taskSupport: REQUIRED, timeout, ...request });
      extend?.(app);
    },
  });
}

const seconds = (n: number) => new Promise((resolve) => setTimeout(resolve, n * 1000));
const text = (outcome: any) => outcome.result?.content?.[0]?.text;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startTasks();
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

test('a task outlives its client, and another one gets its result', async () => {
  const first = await taskClient(fixture.mcpUrl);
  const started = Date.now();
  const execution = await first.session.callTool('work', { seconds: 4 });
  if (execution.kind !== 'task') throw new Error('it is no task');
  expect(Date.now() - started).toBeLessThan(3_000);
  const reference = JSON.stringify(execution.serializeReference());
  await execution.detach();
  await first.vanish();

  await using second = await taskClient(fixture.mcpUrl);
  const { outcome } = await (await second.session.resumeTask(JSON.parse(reference))).settle();
  expect(outcome.status).toBe('completed');
  expect(text(outcome)).toBe('worked 4 s');
  expect(fixture.journal().filter((line) => line === 'work began 4')).toHaveLength(1); // once
});

test('a cancelled task stays cancelled, though its function comes to an end', async () => {
  await using client = await taskClient(fixture.mcpUrl);
  const execution = await client.session.callTool('work', { seconds: 2 });
  await until('the function to begin', () => fixture.journal().includes('work began 2'));
  await execution.cancel();
  const task = client.session.task(execution.handle!.taskId);
  expect((await task.snapshot()).status).toBe('cancelled');
  await until('the function to end', () => fixture.journal().includes('work ended 2'));
  await seconds(1);
  expect((await task.snapshot()).status).toBe('cancelled');
  expect(await task.result()).toMatchObject({ status: 'cancelled' });
});

test('a task asks, is answered, and asks again', async () => {
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

test('a task that has expired is no more', async () => {
  await using short = await startTasks({
    extend: ({ server }) => server.httpFunction.addEnvironment(ENV.TASK_SECONDS, '3'),
  });
  await using client = await taskClient(short.mcpUrl);
  const execution = await client.session.callTool('work', { seconds: 0 });
  const task = client.session.task(execution.handle!.taskId);
  await until('the result', async () => (await task.snapshot()).status === 'completed');
  await seconds(3);
  await expect(task.snapshot()).rejects.toThrow(/task not found or expired/);
});

test('a task is its caller’s alone', async () => {
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
  const execution = await alice.session.callTool('work', { seconds: 1 });
  const { taskId } = execution.handle!;
  const foreign = bob.session.task(taskId);
  const unknown = bob.session.task('0'.repeat(32) as typeof taskId);
  const [notHis, none] = await Promise.all(
    [foreign, unknown].map((task) => task.snapshot().catch((error) => error.message)),
  );
  expect(notHis).toMatch(/task not found or expired/);
  expect(notHis).toBe(none);
  await expect(foreign.cancel()).rejects.toThrow(/task not found or expired/);
  expect(text((await execution.settle()).outcome)).toBe('worked 1 s');
});

test('a task goes on when the time of an invocation is up', async () => {
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
  const { outcome } = await (await client.session.callTool('watch', { looks: 8 })).settle();
  expect(text(outcome)).toBe('done after 8 looks');
  const looks = short.journal().filter((line) => line.startsWith('look'));
  expect(looks).toEqual(Array.from({ length: 9 }, (_, n) => `look ${n}`));
  expect(starts).toBeGreaterThan(1);
});

test('who cannot have a task waits for the result, or learns why there is none', async () => {
  const old = await httpClient(fixture);
  expect(await old.callTool({ name: 'work', arguments: { seconds: 0 } })).toMatchObject({
    content: [{ text: 'worked 0 s' }],
  });
  expect(await old.callTool({ name: 'watch', arguments: { looks: 0 } })).toMatchObject({ isError: true });
  await old.close();

  const modern = new V2Client(
    { name: 'e2e', version: '1.0.0' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  await modern.connect(new V2Http(fixture.mcpUrl));
  expect(await modern.callTool({ name: 'work', arguments: { seconds: 0 } })).toMatchObject({
    content: [{ text: 'worked 0 s' }],
  });
  await expect(modern.callTool({ name: 'watch', arguments: { looks: 0 } })).rejects.toMatchObject({ code: -32021 });
  await modern.close();
});
