/** The app of docs/guides/deploy.md, and what the guide says of its outputs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Runner, startRunner } from '../../local/runner';
import { readPage } from '../../scripts/docs/markdown.mjs';
import { httpClient } from './support/clients';

let runner: Runner;
let client: Client;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'deploy-'));
  execFileSync(process.execPath, [resolve('node_modules/tsx/dist/cli.mjs'), 'app.ts'], {
    cwd: 'test/e2e/guides/deploy',
    env: { ...process.env, CDK_OUTDIR: directory },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  runner = await startRunner({ app: directory, port: 0 });
  client = await httpClient({ mcpUrl: new URL(runner.servers[0].mcp) });
});
afterAll(async () => {
  await client?.close();
  await runner?.close();
});

test('returns what the guide shows', async () => {
  const { blocks } = readPage('docs/guides/deploy.md');
  const shown = blocks.filter(({ language }) => language === 'json').map(({ text }) => JSON.parse(text));
  expect(shown).toContainEqual(await client.callTool({ name: 'lookup_order', arguments: { orderId: 'A-1001' } }));
});

test('has one output whose name contains McpUrl', () => {
  const outputs = Object.entries(runner.outputs.Orders).filter(([name]) => name.includes('McpUrl'));
  expect(outputs.map(([, value]) => value)).toEqual([runner.servers[0].mcp]);
});
