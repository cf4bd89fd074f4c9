import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildCatalog, CatalogCache } from '../../../lambda/registry/catalog.js';
import { matchTemplate } from '../../../lambda/registry/uri-template.js';
import { ENV } from '../../../src/private/contract.js';
import type { Registration } from '../../../src/private/registration.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { prompt, resource, tool } from '../mcp/registrations.js';
import { itemOf, Tables } from '../mcp/tables.js';

let aws: EmbeddedAws;
let tables: Tables;
let count = 0;

beforeAll(async () => {
  aws = await startEmbeddedAws();
});
afterAll(() => aws.stop());
beforeEach(async () => {
  tables = new Tables(aws.dynamoDb, `catalog-${count++}`);
  await tables.create();
});

const names = (registrations: readonly Registration[]) => registrations.map(({ name }) => name);

test('returns an empty catalog for an empty registry', async () => {
  expect(await new CatalogCache().get()).toMatchObject({
    revision: 0,
    tools: [],
    resources: [],
    templates: [],
    prompts: [],
  });
});

test('reads registrations of all types, sorted by id, without disabled ones', async () => {
  await tables.register(
    tool('b', { inputSchema: { type: 'object', properties: { n: { type: 'number' } } }, _meta: { x: 1 } }),
    tool('B'),
    tool('a-1'),
    tool('a', { enabled: false }),
    resource('r', { uri: 'docs://r' }),
    resource('t', { uriTemplate: 'docs://{page}' }),
    prompt('p', { arguments: [{ name: 'code', required: true }] }),
  );
  const catalog = await new CatalogCache().get();
  expect(names(catalog.tools)).toEqual(['B', 'a-1', 'b']);
  expect(catalog.tools[2]).toEqual(
    tool('b', { inputSchema: { type: 'object', properties: { n: { type: 'number' } } }, _meta: { x: 1 } }),
  );
  expect(names(catalog.resources)).toEqual(['r']);
  expect(names(catalog.templates)).toEqual(['t']);
  expect(names(catalog.prompts)).toEqual(['p']);
});

test('reads a registry that is larger than one page of DynamoDB', async () => {
  const description = 'x'.repeat(50_000);
  await tables.register(...Array.from({ length: 30 }, (_, n) => tool(`t${n}`, { description })));
  expect((await new CatalogCache().get()).tools).toHaveLength(30);
});

test('skips unreadable registrations', async () => {
  await tables.put({ ...itemOf(tool('newer')), schemaVersion: 3 });
  await tables.put(itemOf(tool('newerEvent', { event: { type: 'kafka' } as never })));
  await tables.put({ ...itemOf(tool('broken')), definition: '{' });
  await tables.register(tool('good'));
  expect(names((await new CatalogCache().get()).tools)).toEqual(['good']);
});

test('returns the same catalog until the registry changes', async () => {
  await tables.register(tool('a'));
  await tables.touch(Date.now() - 3_600_000);
  const cache = new CatalogCache(0);
  const first = await cache.get();
  expect(await cache.get()).toBe(first);
  await tables.register(tool('b'));
  const second = await cache.get();
  expect(names(second.tools)).toEqual(['a', 'b']);
  expect(second.revision).toBe(first.revision + 1);
});

test('does not check the registry before the maximum age', async () => {
  const cache = new CatalogCache(60_000);
  await cache.get();
  await tables.register(tool('a'));
  expect((await cache.get()).tools).toEqual([]);
});

test('lets only the first request after a change wait for the new catalog', async () => {
  await tables.register(tool('a'));
  const cache = new CatalogCache(0);
  const old = await cache.get();
  await tables.register(tool('b'));
  const first = cache.get();
  expect(await cache.get()).toBe(old);
  expect(names((await first).tools)).toEqual(['a', 'b']);
});

test('reads the registry once for simultaneous first requests', async () => {
  await tables.register(tool('a'));
  const cache = new CatalogCache();
  const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => cache.get()));
  for (const other of others) expect(other).toBe(first);
});

test('serves the previous catalog if the registry cannot be read, and fails without one', async () => {
  await tables.register(tool('a'));
  const cache = new CatalogCache(0);
  await cache.get();
  process.env[ENV.REGISTRY_TABLE] = 'no-such-table';
  expect(names((await cache.get()).tools)).toEqual(['a']);
  await expect(new CatalogCache().get()).rejects.toThrow();
});

test('serves the registration with the smallest id of those with the same URI, and reports the others', () => {
  const { catalog, shadowed } = buildCatalog(1, [
    resource('z', { uri: 'docs://same' }),
    resource('b', { uri: 'docs://same' }),
    resource('a', { uri: 'docs://same', enabled: false }),
    resource('t2', { uriTemplate: 'docs://{x}' }),
    resource('t1', { uriTemplate: 'docs://{x}' }),
  ]);
  expect(names(catalog.resources)).toEqual(['b']);
  expect(names(catalog.templates)).toEqual(['t1']);
  expect(shadowed.map(({ id, shadowedBy }) => [id, shadowedBy])).toEqual([
    ['resource-t2', 'resource-t1'],
    ['resource-z', 'resource-b'],
  ]);
});

test('serves declared registrations before API registrations, whatever their ids', () => {
  const declared = (name: string, more: object) => ({ ...resource(name, more), owner: 'cdk' as const });
  const registered = (name: string, more: object) => ({ ...resource(name, more), owner: 'api' as const });
  const { catalog, shadowed } = buildCatalog(1, [
    declared('m', { uri: 'docs://same' }),
    declared('n', { uriTemplate: 'docs://{page}' }),
    registered('a', { uri: 'docs://same' }),
    registered('b', { uriTemplate: 'docs://{other}' }),
    registered('c', { uri: 'docs://below' }),
    registered('d', { uriTemplate: 'docs://special-{page}' }),
    registered('e', { uri: 'other://e' }),
  ]);
  expect(shadowed.map(({ id, shadowedBy }) => [id, shadowedBy])).toEqual([
    ['resource-a', 'resource-m'],
    ['resource-b', 'resource-n'],
    ['resource-c', 'resource-n'],
  ]);
  expect(names(catalog.resources)).toEqual(['e', 'm']);
  expect(names(catalog.templates)).toEqual(['d', 'n']);
  const serves = (uri: string) => matchTemplate(catalog.templates, uri)?.registration.name;
  expect(serves('docs://special-1')).toBe('n');
  expect(serves('docs://1')).toBe('n');
});

test.each([
  ['an additional tool', [tool('a'), tool('b')], ['tools']],
  ['a new description', [tool('a', { description: 'new' })], ['tools']],
  ['a new function for a tool', [{ ...tool('a'), lambdaArn: 'arn:other', revision: 2 }], []],
  ['an additional resource', [tool('a'), resource('r', { uri: 'docs://r' })], ['resources']],
  ['an additional template', [tool('a'), resource('t', { uriTemplate: 'docs://{p}' })], ['resources']],
  ['an additional disabled prompt', [tool('a'), prompt('p', { enabled: false })], []],
  ['a prompt in place of a tool', [prompt('p')], ['tools', 'prompts']],
])('changes the digests for %s', (_, registrations, kinds) => {
  const before = buildCatalog(1, [tool('a')]).catalog.digest;
  const after = buildCatalog(2, registrations).catalog.digest;
  const changed = (['tools', 'resources', 'prompts'] as const).filter((kind) => before[kind] !== after[kind]);
  expect(changed).toEqual(kinds);
});
