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
/** Rounds of a task with `--long`, a second each at least: longer than an invocation may last. */
const LONG_LOOKS = 1_200;
const PAGE = 'verify://page';

export const largeResult: Check = {
  id: 13,
  claim: 'A large result can be downloaded',
  async run({ outputs, as, target, long, say, signal }) {
    await using client = await httpClient(outputs.Mcp!, as('Alice'));
    const result = await client.callTool({ name: 'bulk', arguments: { characters: SIZE } });
    const link = (result.content as Array<{ type: string; uri?: string }>).find(({ type }) => type === 'resource_link');
    ensure(link?.uri, `no link in the result, but ${JSON.stringify(result).slice(0, 300)}`);
    const response = await fetch(link.uri);
    const { length } = await response.text();
    ensure(response.status === 200 && length === SIZE, `the link gave ${response.status} and ${length} characters`);
    if (!long || target.kind === 'local') return `link: 200, ${SIZE} characters; its end is looked at with --long`;
    say('until the link has expired');
    await sleep((LINK_SECONDS + 30) * 1000, undefined, { signal });
    const late = await fetch(link.uri);
    const text = await late.text();
    ensure(
      late.status === 403 && text.includes('expired'),
      `after its time the link gave ${late.status}: ${text.slice(0, 300)}`,
    );
    return `link: 200, ${SIZE} characters; after ${LINK_SECONDS} s 403, "Request has expired"`;
  },
};

export const longTask: Check = {
  id: 15,
  claim: 'A task runs each round once, with `--long` for longer than 15 minutes',
  async run(context) {
    const { outputs, as, target, long, say } = context;
    const looks = long && target.kind === 'aws' ? LONG_LOOKS : target.sizes.looks;
    const run = Math.random().toString(36).slice(2, 10);
    say(`a task of ${looks} s`);
    const started = Date.now();
    const task = await runTask(outputs.Mcp!, as('Alice'), 'watch', { run, looks });
    const text = task.result ? textOf(task.result) : JSON.stringify(task);
    ensure(text === `done after ${looks} looks`, `the task ended as ${task.status}: ${text}`);
    const seconds = Math.round((Date.now() - started) / 1000);

    // logs take their time
    const log = `look ${run}`;
    const lines = await until(context, `${looks + 1} lines "${log}" in the functions' log`, 120, async () => {
      const found = await target.logged(outputs.FunctionLogGroup!, log);
      return found.length > looks ? found : undefined;
    });
    ensure(lines.length === looks + 1, `${looks + 1} rounds were to run once each: the log shows ${lines.length}`);
    return `${looks + 1} rounds in ${seconds} s, each once`;
  },
};

export const publishing: Check = {
  id: 16,
  claim: "A publisher may write events and nothing else; `notify` finds a stack's table",
  async run(context) {
    const { outputs, as, target, stacks, signal } = context;
    await using client = await sseClient(outputs.Sse!, as('Alice'));
    let told = 0;
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      if (params.uri === PAGE) told += 1;
    });
    await client.subscribeResource({ uri: PAGE });
    const published = textOf(await client.callTool({ name: 'publish', arguments: { uri: PAGE } }));
    ensure(published === 'published', `publishing with grantNotify: ${published}`);
    await until(context, 'the update that a function published', 30, () => told === 1);

    const forged = textOf(await client.callTool({ name: 'forge' }));
    ensure(/AccessDenied|not authorized/.test(forged), `another key of the table: "${forged}", not denied`);

    const cli = resolve(import.meta.dirname, '../../../bin/mcp-lambda');
    const env = { ...process.env, ...target.environment };
    await promisify(execFile)(process.execPath, [cli, 'notify', '--stack', stacks.server, '--uri', PAGE], {
      env,
      signal,
    });
    await until(context, 'the update that `mcp-lambda notify` published', 30, () => told === 2);
    return 'both updates were heard; the write of another key was denied';
  },
};
