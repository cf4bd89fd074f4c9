import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { type Check, ensure, until } from '../check.mjs';
import { httpClient, sseClient, textOf } from '../client/mcp.mjs';
import { runTask } from '../client/tasks.mjs';

const SIZE = 8_000_000;
const LINK_SECONDS = 900;
/** Rounds of a task with `--long`. Each takes at least a second, so the task outlasts Lambda's 15-minute limit. */
const LONG_ROUNDS = 1_200;
const PAGE = 'verify://page';

export const largeResult: Check = {
  id: 13,
  claim: 'A large result can be downloaded',
  async run({ outputs, as, target, long, log, signal }) {
    await using client = await httpClient(outputs.Mcp!, as('Alice'));
    const result = await client.callTool({ name: 'bulk', arguments: { characters: SIZE } });
    const link = (result.content as Array<{ type: string; uri?: string }>).find(({ type }) => type === 'resource_link');
    ensure(link?.uri, `expected a resource_link in the result, got ${JSON.stringify(result).slice(0, 300)}`);
    const response = await fetch(link.uri);
    const { length } = await response.text();
    ensure(
      response.status === 200 && length === SIZE,
      `the link returned ${response.status} with ${length} characters`,
    );
    if (!long || target.kind === 'local') return `link: 200, ${SIZE} characters; its expiry is checked with --long`;
    log('waiting for the link to expire');
    await sleep((LINK_SECONDS + 30) * 1000, undefined, { signal });
    const late = await fetch(link.uri);
    const text = await late.text();
    ensure(
      late.status === 403 && text.includes('expired'),
      `the expired link returned ${late.status}: ${text.slice(0, 300)}`,
    );
    return `link: 200, ${SIZE} characters; after ${LINK_SECONDS} s 403, "Request has expired"`;
  },
};

export const longTask: Check = {
  id: 15,
  claim: 'A task runs each round once, with `--long` for longer than 15 minutes',
  async run(context) {
    const { outputs, as, target, long, log } = context;
    const rounds = long && target.kind === 'aws' ? LONG_ROUNDS : target.sizes.rounds;
    const run = Math.random().toString(36).slice(2, 10);
    log(`running a task for ${rounds} s`);
    const started = Date.now();
    const task = await runTask(outputs.Mcp!, as('Alice'), 'watch', { run, rounds });
    const text = task.result ? textOf(task.result) : JSON.stringify(task);
    ensure(text === `done after ${rounds} rounds`, `the task ended as ${task.status}: ${text}`);
    const seconds = Math.round((Date.now() - started) / 1000);

    // CloudWatch Logs delivers with a delay
    const marker = `round ${run}`;
    const lines = await until(context, `${rounds + 1} lines "${marker}" in the function log`, 120, async () => {
      const found = await target.logged(outputs.FunctionLogGroup!, marker);
      return found.length > rounds ? found : undefined;
    });
    ensure(lines.length === rounds + 1, `expected ${rounds + 1} log lines, one for each round; found ${lines.length}`);
    return `${rounds + 1} rounds in ${seconds} s, each run once`;
  },
};

export const publishing: Check = {
  id: 16,
  claim: "A publisher may write events and nothing else; `notify` finds a stack's table",
  async run(context) {
    const { outputs, as, target, stacks, signal } = context;
    await using client = await sseClient(outputs.Sse!, as('Alice'));
    let updates = 0;
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      if (params.uri === PAGE) updates += 1;
    });
    await client.subscribeResource({ uri: PAGE });
    const published = textOf(await client.callTool({ name: 'publish', arguments: { uri: PAGE } }));
    ensure(published === 'published', `publishing with grantNotify: ${published}`);
    await until(context, 'the update published by a function', 30, () => updates === 1);

    const forged = textOf(await client.callTool({ name: 'forge' }));
    ensure(
      /AccessDenied|not authorized/.test(forged),
      `write to another key of the table: expected AccessDenied, got "${forged}"`,
    );

    const cli = resolve(import.meta.dirname, '../../../bin/mcp-lambda');
    const env = { ...process.env, ...target.environment };
    await promisify(execFile)(process.execPath, [cli, 'notify', '--stack', stacks.server, '--uri', PAGE], {
      env,
      signal,
    });
    await until(context, 'the update published by `mcp-lambda notify`', 30, () => updates === 2);
    return 'received both updates; the write to another key was denied';
  },
};
