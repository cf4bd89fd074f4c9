import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { anchors, inlineCode, links, pages, readPage } from '../../scripts/docs/markdown.mjs';

/** Inline code that is a path of this repository. */
const PATH = /^(?:docs|src|lambda|local|test|examples|scripts|bench|rosetta|sar|\.ci|\.github)\/[\w./*-]*$/;

/** The repository as `owner/name`. */
const [REPOSITORY] = /[\w.-]+\/[\w-]+(?=\.git$)/.exec(JSON.parse(readFileSync('package.json', 'utf8')).repository.url)!;
/** Addresses of files of this repository: `blob` and `tree` pages, and raw files. */
const OWN_FILES = [
  `https://github.com/${REPOSITORY}/blob/main/`,
  `https://github.com/${REPOSITORY}/tree/main/`,
  `https://raw.githubusercontent.com/${REPOSITORY}/main/`,
];

test.each(pages())('%s: every link and path has a target', (file) => {
  const page = readPage(file);
  const broken = [
    ...links(page).filter(({ text }) => isBroken(file, text)),
    ...inlineCode(page).filter(({ text }) => PATH.test(text) && !existsSync(text.replace(/[^/]*\*.*$/, ''))),
  ];
  expect(broken.map(({ line, text }) => `${file}:${line}: ${text}`)).toEqual([]);
});

test('README.md has absolute links only, for npm, PyPI and Construct Hub', () => {
  const relative = links(readPage('README.md')).filter(({ text }) => !text.startsWith('https://'));
  expect(relative.map(({ line, text }) => `README.md:${line}: ${text}`)).toEqual([]);
});

test('README.md has at most 150 lines', () => {
  expect(readFileSync('README.md', 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

const cache = new Map<string, ReadonlySet<string>>();
function anchorsOf(file: string): ReadonlySet<string> {
  const known = cache.get(file) ?? anchors(readPage(file));
  cache.set(file, known);
  return known;
}

/** Whether a link of a page has no target. Addresses outside this repository only have to be valid. */
function isBroken(file: string, target: string): boolean {
  const own = OWN_FILES.find((prefix) => target.startsWith(prefix));
  if (own) return isBrokenPath('README.md', target.slice(own.length), own.includes('/tree/'));
  if (/^(https|mailto):/.test(target)) return !URL.canParse(target);
  if (/^[a-z]+:/.test(target)) return true;
  return isBrokenPath(file, target);
}

/** @param isTree whether the address must be that of a directory */
function isBrokenPath(file: string, target: string, isTree?: boolean): boolean {
  const [path, anchor] = target.split('#');
  const resolved = path ? normalize(join(dirname(file), decodeURI(path))) : file;
  if (!existsSync(resolved)) return true;
  const isDirectory = statSync(resolved).isDirectory();
  if (isTree !== undefined && isTree !== isDirectory) return true;
  if (anchor === undefined) return false;
  return isDirectory || !anchorsOf(resolved).has(anchor);
}

test('reports a link without a target', () => {
  expect(isBroken('docs/guides/tasks.md', '../../README.md')).toBe(false);
  expect(isBroken('docs/guides/tasks.md', 'README.mdx')).toBe(true);
  expect(isBroken('README.md', 'docs/guides/tasks.md#run-a-tool-as-a-task')).toBe(false);
  expect(isBroken('README.md', 'docs/guides/tasks.md#task')).toBe(true);
  expect(isBroken('README.md', 'http://example.com')).toBe(true);
  expect(isBroken('README.md', 'https://example.com/missing')).toBe(false);
});

test('reports an absolute link into this repository without a target', () => {
  const [blob, tree, raw] = OWN_FILES;
  expect(isBroken('README.md', `${blob}docs/guides/tasks.md#run-a-tool-as-a-task`)).toBe(false);
  expect(isBroken('README.md', `${blob}docs/guides/tasks.md#task`)).toBe(true);
  expect(isBroken('docs/README.md', `${blob}docs/missing.md`)).toBe(true);
  expect(isBroken('README.md', `${tree}docs/adr`)).toBe(false);
  expect(isBroken('README.md', `${tree}docs/README.md`)).toBe(true);
  expect(isBroken('README.md', `${blob}docs/adr`)).toBe(true);
  expect(isBroken('README.md', `${raw}docs/architecture.svg`)).toBe(false);
  expect(isBroken('README.md', `${raw}docs/architecture.png`)).toBe(true);
});
