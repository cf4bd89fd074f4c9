import { expect, test } from 'vitest';
import { buildCatalog } from '../../../lambda/registry/catalog.js';
import { toolsetCatalog } from '../../../lambda/registry/toolset-catalog.js';
import { prompt, resource, tool } from '../mcp/registrations.js';

const { catalog } = buildCatalog(7, [
  tool('a', { toolsets: ['x', 'y'] }),
  tool('b', { toolsets: ['y'] }),
  tool('c'),
  tool('d', { toolsets: [] }),
  resource('e', { uri: 'docs://e', toolsets: ['x'] }),
  resource('f', { uriTemplate: 'docs://{f}', toolsets: ['x'] }),
  prompt('g', { toolsets: ['x'] }),
]);
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

test('has the registrations that name the toolset; without a toolset, all', () => {
  const x = toolsetCatalog(catalog, 'x');
  expect([x.tools, x.resources, x.templates, x.prompts].map(names)).toEqual([['a'], ['e'], ['f'], ['g']]);
  expect(names(toolsetCatalog(catalog, 'y').tools)).toEqual(['a', 'b']);
  expect([x.revision, x.whole]).toEqual([7, catalog]);
  expect(toolsetCatalog(catalog, undefined)).toBe(catalog);
});

test('has the digests of its own lists', () => {
  const { digest } = toolsetCatalog(catalog, 'x');
  const { digest: other } = toolsetCatalog(catalog, 'y');
  expect(digest.tools).not.toBe(catalog.digest.tools);
  expect(digest.tools).not.toBe(other.tools);
  expect(toolsetCatalog(buildCatalog(8, [tool('a', { toolsets: ['x'] }), tool('new')]).catalog, 'x').digest.tools).toBe(
    digest.tools,
  );
});

test('is kept for toolsets of registrations, and not for names that only a client has chosen', () => {
  expect(toolsetCatalog(catalog, 'x')).toBe(toolsetCatalog(catalog, 'x'));
  const unknown = toolsetCatalog(catalog, '__proto__');
  expect([unknown.tools, unknown.resources, unknown.templates, unknown.prompts]).toEqual([[], [], [], []]);
  expect(toolsetCatalog(catalog, '__proto__')).not.toBe(unknown);
});
