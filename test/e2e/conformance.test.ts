import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startConformanceServer } from '../conformance/server';
import { line, runSuite } from '../conformance/suite.mjs';
import { httpClient } from './support/clients';

test.each([
  ['a REST API', {}],
  ['a function URL', { functionUrl: true }],
])('passes the conformance suite at %s', { timeout: 300_000 }, async (_, options) => {
  await using server = await startConformanceServer(options);
  const scores = await runSuite(server.mcpUrl.href);
  const all = (list: 'failed' | 'skipped' | 'declined') => Object.assign({}, ...scores.map((score) => score[list]));
  expect(all('failed')).toEqual({});
  expect(all('skipped')).toEqual({
    'tasks-status-notifications': [expect.stringContaining('The harness needs a rewrite')],
  });
  expect(all('declined')).toEqual({
    'server-sse-polling': [
      expect.stringContaining('POST streams send no priming event and do not close early'),
      expect.stringContaining('WARNING server-sse-priming-event'),
      expect.stringContaining('WARNING server-sse-retry-field'),
    ],
  });
  expect(scores.map(line)).toEqual([
    '2025-03-26 (unofficial): 1/1',
    '2025-06-18 (unofficial): 27/27',
    '2025-11-25: 30/30',
    '2025-11-25 sessions: 1/1',
    '2025-11-25 json-schema: 1/1',
    '2025-11-25 sse-polling: 0/1, 1 declined',
    '2026-07-28: 37/37',
    '2026-07-28 tasks: 9/10, 1 skipped by the suite',
    '2026-07-28 json-schema: 1/1',
    '2026-07-28 headers: 2/2',
  ]);
});

test('the library does not refer to the fixtures', async () => {
  await using server = await startConformanceServer();
  const client = await httpClient(server);
  const [{ tools }, { resources }, { resourceTemplates }, { prompts }] = await Promise.all([
    client.listTools(),
    client.listResources(),
    client.listResourceTemplates(),
    client.listPrompts(),
  ]);
  await client.close();
  const names = [...tools, ...resources, ...resourceTemplates, ...prompts].map(({ name }) => name);
  expect(names.length).toBeGreaterThan(40);
  const sources = ['src', 'lambda'].flatMap((directory) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${directory}/${name}`),
  );
  expect(sources.length).toBeGreaterThan(50);
  for (const source of sources) {
    const words = new Set(readFileSync(source, 'utf8').match(/[A-Za-z0-9_.-]+/g));
    expect(
      names.filter((name) => words.has(name)),
      source,
    ).toEqual([]);
  }
});
