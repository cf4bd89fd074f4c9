import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { links, pages, readPage } from '../../scripts/docs/markdown.mjs';

const linked = (file: string) => new Set(links(readPage(file)).map(({ text }) => join(dirname(file), text)));
const docs = pages().filter((file) => file.startsWith('docs/') && file !== 'docs/README.md');
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

test('docs/README.md links to every page of docs', () => {
  const map = linked('docs/README.md');
  expect(docs.filter((file) => !map.has(file))).toEqual([]);
});

test('llms.txt lists every guide and reference page with a description', () => {
  const list = linked('llms.txt');
  expect(docs.filter((file) => /^docs\/(guides|reference)\//.test(file) && !list.has(file))).toEqual([]);

  const [title, blank, summary] = readPage('llms.txt').prose;
  expect([title, blank, summary]).toEqual(['# cdk-mcp-lambda', '', expect.stringMatching(/^> ./)]);
  const entries = readPage('llms.txt').prose.filter((line) => line.startsWith('-'));
  for (const entry of entries) expect(entry).toMatch(/^- \[[^\]]+\]\([^)]+\): \S/);
});

test('AGENTS.md explains errors that the code throws', () => {
  const sources = ['src', 'lambda', 'local']
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const { prose } = readPage('AGENTS.md');
  const table = prose.slice(prose.findIndex((line) => line.startsWith('### Errors')));
  const messages = table
    .slice(
      0,
      table.findIndex((line) => line.startsWith('See the [guides]')),
    )
    .flatMap((line) => {
      const [, message] = /^\| `([^`]+)`/.exec(line) ?? [];
      return message ? [message] : [];
    });
  expect(messages.length).toBeGreaterThan(8);
  expect(messages.filter((message) => !sources.includes(message))).toEqual([]);
});

test('the badges of README.md match package.json', () => {
  const badges = [...readFileSync('README.md', 'utf8').matchAll(/img\.shields\.io\/badge\/(\w+)-([^)]*)-\w+\)/g)];
  expect(Object.fromEntries(badges.map(([, name, value]) => [name, value.replaceAll('--', '-')]))).toEqual({
    stability: manifest.stability,
    licence: manifest.license,
  });
});
