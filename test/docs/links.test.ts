import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { anchors, inlineCode, links, pages, readPage } from '../../scripts/docs/markdown.mjs';

/** Inline code that is a path of this repository. */
const PATH = /^(?:docs|src|lambda|local|test|examples|scripts|bench|rosetta|sar|\.ci|\.github)\/[\w./*-]*$/;

test.each(pages())('%s: every link and path leads somewhere', (file) => {
  const page = readPage(file);
  const broken = [
    ...links(page).filter(({ text }) => linkProblem(file, text)),
    ...inlineCode(page).filter(({ text }) => PATH.test(text) && !existsSync(text.replace(/[^/]*\*.*$/, ''))),
  ];
  expect(broken.map(({ line, text }) => `${file}:${line}: ${text}`)).toEqual([]);
});

const cache = new Map<string, ReadonlySet<string>>();
function anchorsOf(file: string): ReadonlySet<string> {
  const known = cache.get(file) ?? anchors(readPage(file));
  cache.set(file, known);
  return known;
}

function linkProblem(file: string, target: string): boolean {
  if (/^(https|mailto):/.test(target)) return !URL.canParse(target);
  if (/^[a-z]+:/.test(target)) return true;
  const [path, anchor] = target.split('#');
  const wanted = path ? normalize(join(dirname(file), decodeURI(path))) : file;
  if (!existsSync(wanted)) return true;
  if (anchor === undefined) return false;
  return statSync(wanted).isDirectory() || !anchorsOf(wanted).has(anchor);
}

test('a link to nothing is found', () => {
  expect(linkProblem('docs/guides/tasks.md', '../README.md')).toBe(false);
  expect(linkProblem('docs/guides/tasks.md', 'README.mdx')).toBe(true);
  expect(linkProblem('README.md', 'docs/guides/tasks.md#tasks')).toBe(false);
  expect(linkProblem('README.md', 'docs/guides/tasks.md#task')).toBe(true);
  expect(linkProblem('README.md', 'http://example.com')).toBe(true);
});
