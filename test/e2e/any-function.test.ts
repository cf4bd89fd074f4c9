/** Existing functions of every style as tools, resources and prompts. test/interop/any-function.test.ts has those in Java. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addTools, createFunction, describeCalls, type Language } from './support/any-function';
import { httpClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';

/** Python functions need AWS's runtime client: in an active environment, or in that of the interop tests. */
const { VIRTUAL_ENV } = process.env;
const python = VIRTUAL_ENV ? join(VIRTUAL_ENV, 'bin', 'python') : 'python3';
const hasPython = spawnSync(python, ['-c', 'import awslambdaric']).status === 0;
const languages: readonly Language[] = hasPython ? ['Node.js', 'Python'] : ['Node.js'];

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    extend: (app) => {
      const { server } = app;
      addTools(app, languages);
      const lookalike = createFunction(app, 'DocumentsAsData', 'Node.js', 'lookalike');
      server.addResourceTemplate(lookalike, { name: 'data', uriTemplate: 'data://{name}' });
      server.addPrompt(lookalike, { name: 'data', arguments: [{ name: 'name' }] });
      const redirect = createFunction(app, 'RedirectedDocument', 'Node.js', 'redirect');
      server.addResource(redirect, { name: 'report', uri: 'docs://report', mimeType: 'application/pdf' });
      server.addPrompt(redirect, { name: 'report' });
      const empty = createFunction(app, 'EmptyDocument', 'Node.js', 'nothing');
      server.addResource(empty, { name: 'empty', uri: 'docs://empty' });
    },
  });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

describeCalls(languages, () => fixture);

describe('resources and prompts', () => {
  let client: Awaited<ReturnType<typeof httpClient>>;
  beforeAll(async () => {
    client = await httpClient(fixture);
  });
  afterAll(() => client?.close());

  test.each([
    ['contents', { contents: [{ sku: 'LAMP-7' }] }],
    ['messages', { messages: [{ id: 1, role: 'user', content: 'hi' }] }],
    ['complete', { resultType: 'complete', result: [1] }],
  ])('receive %s as data', async (name, value) => {
    const { contents } = await client.readResource({ uri: `data://${name}` });
    expect(contents).toEqual([{ uri: `data://${name}`, mimeType: 'application/json', text: JSON.stringify(value) }]);
    const { messages } = await client.getPrompt({ name: 'data', arguments: { name } });
    expect(messages).toEqual([{ role: 'user', content: { type: 'text', text: JSON.stringify(value) } }]);
  });

  test('keep the Location of a redirect', async () => {
    const { contents } = await client.readResource({ uri: 'docs://report' });
    expect(contents).toEqual([
      { uri: 'docs://report', mimeType: 'text/uri-list', text: 'https://x.example/report.pdf' },
    ]);
    const { messages } = await client.getPrompt({ name: 'report' });
    expect(messages).toMatchObject([{ content: { text: 'HTTP 302: https://x.example/report.pdf' } }]);
  });

  test('receive an empty text of a function that returns nothing', async () => {
    const { contents } = await client.readResource({ uri: 'docs://empty' });
    expect(contents).toEqual([{ uri: 'docs://empty', text: '' }]);
  });
});
