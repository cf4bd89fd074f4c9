import { expect, test } from 'vitest';
import { pages, readPage } from '../../scripts/docs/markdown.mjs';
import { docstringSnippets, pageSnippets, translate } from '../../scripts/docs/snippets.mjs';
import { translationsIn } from '../../scripts/docs/translations.mjs';

const snippets = [...pageSnippets(), ...docstringSnippets()];
const [wrong, foreign, right, ...translated] = translate([
  { where: 'wrong', source: 'server.addTool(lookupOrder, { nam: 1 });', fixture: true },
  { where: 'foreign', source: 'while (Date.now() < 0) server.grantConnect(agentRole);', fixture: true },
  { where: 'right', source: 'declare const role: iam.IRole;\nserver.grantConnect(role);', fixture: true },
  ...snippets,
]);

test.each(translated.map((snippet) => [snippet.where, snippet] as const))(
  '%s compiles and translates to every language',
  (_where, { problems, translations }) => {
    expect(problems.join('\n')).toBe('');
    for (const [language, source] of Object.entries(translations)) expect(source.trim(), language).not.toBe('');
  },
);

const shown = pages().flatMap((file) => translationsIn(readPage(file).blocks));
test.each(shown.map((translation) => [`${translation.block.file}:${translation.block.line}`, translation] as const))(
  '%s is the translation of the snippet above it (`npm run docs:translate -- <file>` writes it)',
  (_where, { block, source, language }) => {
    const snippet = translated.find(({ where }) => where === `${source.file}:${source.line}`);
    expect(block.text.trim()).toBe(snippet?.translations[language].trim());
  },
);

test('finds snippets in README, docstrings and guides', () => {
  for (const where of [/^README/, /^@example/, /^docs\//]) {
    expect(translated.filter((snippet) => where.test(snippet.where))).not.toEqual([]);
  }
});

test('reports snippets that do not compile or translate', () => {
  expect(wrong.problems.join()).toContain("'nam' does not exist");
  expect(foreign.problems.join()).toContain('not supported');
  expect(right.problems).toEqual([]);
  expect(right.translations.python).toContain('server.grant_connect(role)');
});

test('at most two snippets are not compiled, each with a reason', () => {
  const exempt = pages().flatMap((file) =>
    readPage(file).blocks.filter(({ marker }) => marker?.startsWith('not compiled:')),
  );
  for (const { marker } of exempt) expect(marker).toMatch(/^not compiled: .{10,}/);
  expect(exempt.length).toBeLessThanOrEqual(2);
});
