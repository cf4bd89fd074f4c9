/** Replays docs/guides/register-at-run-time.md: its app, its requests, and the responses that it shows. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Runner, startRunner } from '../../local/runner';
import { readPage } from '../../scripts/docs/markdown.mjs';
import { signedFetch } from './support/signed';

const { blocks } = readPage('docs/guides/register-at-run-time.md');
const shown = blocks.filter(({ language }) => language === 'json').map(({ text }) => JSON.parse(text));

let runner: Runner;
let registerUrl: string;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'register-'));
  execFileSync(process.execPath, [resolve('node_modules/tsx/dist/cli.mjs'), 'app.ts'], {
    cwd: 'test/e2e/guides/register',
    env: { ...process.env, CDK_OUTDIR: directory },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  runner = await startRunner({ app: directory, port: 0, enforceAuth: true });
  registerUrl = runner.servers[0].register;
});
afterAll(() => runner?.close());

async function send(method: string, path = '', body?: object, headers: Record<string, string> = {}) {
  const keys = runner.assumeRole('arn:aws:iam::123456789012:role/orders-registrar');
  const response = await signedFetch(keys).fetch(
    method,
    new URL(registerUrl + path),
    body && JSON.stringify(body),
    body ? { 'content-type': 'application/json', ...headers } : headers,
  );
  const text = await response.text();
  return {
    status: response.status,
    body: text && JSON.parse(text),
    etag: response.headers.get('etag') ?? '',
    location: response.headers.get('location'),
  };
}

/** A body as the guide shows it, but for the times. */
function expectShown(body: unknown): void {
  const withoutTimes = (value: unknown) =>
    JSON.parse(JSON.stringify(value, (key, each) => (/^(created|updated)At$/.test(key) ? 'then' : each)));
  expect(shown.map(withoutTimes)).toContainEqual(withoutTimes(body));
}

test('registers, changes with If-Match, lists and removes', async () => {
  const definition = shown[0];
  expect(definition.lambdaArn).toBe(runner.outputs.Orders.StockLevelArn);

  const created = await send('POST', '', definition);
  expect(created).toMatchObject({ status: 201, location: '/prod/register/tool-stock_level' });
  expect(created.etag).toMatch(/^"1-\w+"$/);
  expectShown(created.body);

  const current = await send('GET', '/tool-stock_level');
  expect(current.etag).toBe(created.etag);
  const changed = { ...current.body, description: 'How many pieces of an article are in stock' };
  const ifMatch = { 'if-match': current.etag };
  const replaced = await send('PUT', '/tool-stock_level', changed, ifMatch);
  expect(replaced).toMatchObject({ status: 200, etag: created.etag.replace('"1-', '"2-') });
  const again = await send('PUT', '/tool-stock_level', changed, ifMatch);
  expect(again.status).toBe(412);
  expectShown(again.body);

  expectShown((await send('GET', '?type=tool')).body);
  expect((await send('DELETE', '/tool-stock_level', undefined, ifMatch)).status).toBe(412);
  expect((await send('DELETE', '/tool-stock_level')).status).toBe(204);
});

test('takes the prompt and the resource template', async () => {
  const lambdaArn = runner.outputs.Orders.StockLevelArn;
  for (const definition of shown.filter((body) => body.lambdaArn === 'arn:…')) {
    expect(await send('POST', '', { ...definition, lambdaArn })).toMatchObject({ status: 201 });
  }
});

describe('errors', () => {
  const lookupOrder = 'arn:aws:lambda:us-east-1:123456789012:function:lookup-order';

  test('of a body that breaks rules', async () => {
    const body = { type: 'tool', name: 'stock level', lambdaArn: 'stock-level', parameters: { sku: 'text' } };
    const response = await send('POST', '', body);
    expect(response.status).toBe(400);
    expectShown(response.body);
  });

  test('of a function without the tag', async () => {
    const response = await send('POST', '', { type: 'tool', name: 'other', lambdaArn: lookupOrder });
    expect(response.status).toBe(400);
    expectShown(response.body);
  });

  test('of a declared registration', async () => {
    const response = await send('DELETE', '/tool-lookup_order');
    expect(response.status).toBe(409);
    expectShown(response.body);
  });

  test('of an unknown id, and without a signature', async () => {
    expect((await send('GET', '/tool-nothing')).status).toBe(404);
    expect((await fetch(registerUrl)).status).toBe(403);
  });

  test.each([
    ['tool', ['uri', 'uriTemplate', 'mimeType', 'size', 'listable', 'completions', 'completionHandler', 'arguments']],
    ['resource', ['inputSchema', 'parameters', 'outputSchema', 'taskSupport', 'arguments']],
    ['prompt', ['inputSchema', 'outputSchema', 'taskSupport', 'annotations', 'uri', 'uriTemplate', 'mimeType', 'size']],
  ])('of a field that a %s does not have', async (type, fields) => {
    const body = { type, name: 'x', lambdaArn: lookupOrder, ...Object.fromEntries(fields.map((field) => [field, 1])) };
    const { details } = (await send('POST', '', body)).body;
    const unknown = details.filter(({ message }: { message: string }) => !/^must|^required/.test(message));
    expect(unknown.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining(fields.map((field) => `/${field}`)),
    );
  });
});
