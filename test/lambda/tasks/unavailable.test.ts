import { afterAll, beforeAll, expect, test } from 'vitest';
import { readChunks } from '../../../lambda/tasks/chunks.js';
import { createTask, findTask } from '../../../lambda/tasks/store.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { tool } from '../mcp/registrations.js';
import { FaultyProxies } from '../registration/faulty-proxy.js';
import { startTestServer, type TestServer } from '../sse/sessions.js';

const proxies = new FaultyProxies();
let server: TestServer;
let functions: { stop(): Promise<void> };
beforeAll(async () => {
  server = await startTestServer();
  functions = await startFunctions(['respond'], 'test/lambda/tasks/app');
  process.env.AWS_ENDPOINT_URL_DYNAMODB = await proxies.before(server.dynamoDbUrl);
  await server.tables.register(tool('respond', { lambdaArn: functionArn('respond'), taskSupport: 'optional' }));
});
afterAll(async () => {
  proxies.stop();
  await functions.stop();
  await server.stop();
});

/** Lambda does not repeat the invocation of a task runner that fails. */
test('a run begins and ends although DynamoDB fails for a while', async () => {
  const { runTask } = await import('../../../lambda/task-runner/run.js');
  const now = Date.now();
  const facts = { transport: 'http', requestId: '1' } as never;
  const created = await createTask(
    { principal: undefined, tool: 'respond', lostAt: now + 900_000 },
    { arguments: { response: 'stored' }, facts },
  );
  const { taskId } = created;
  let writes = 0;
  proxies.watch(({ operation, number }) => {
    if (number <= 3) return 'refused'; // the run cannot begin
    if (operation !== 'PutItem') return 'pass';
    writes += 1;
    return [1, 2, 5, 6].includes(writes) ? 'refused' : 'pass';
  });
  await runTask(
    { taskId, run: 1 },
    { runnerArn: functionArn('respond'), callDeadline: now + 890_000, endsAt: now + 900_000 },
  );
  proxies.watch();
  const task = (await findTask(taskId))!;
  expect([task.status, writes > 6]).toEqual(['completed', true]);
  expect(await readChunks(taskId, task.outcome!)).toMatchObject({ content: [{ text: 'stored' }] });
});
