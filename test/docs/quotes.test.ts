import { existsSync, readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { expect, test } from 'vitest';
import { type Block, pages, readPage } from '../../scripts/docs/markdown.mjs';
import { isTypeScript } from '../../scripts/docs/snippets.mjs';
import { translationsIn } from '../../scripts/docs/translations.mjs';

const read = pages()
  .filter((file) => file !== 'API.md' && file !== 'CHANGELOG.md')
  .map((file) => readPage(file).blocks);
const blocks = read.flat();
const translated = new Set(read.flatMap(translationsIn).map(({ block }) => block));

/** Languages that no tool here compiles: such a block quotes a file that is run or compiled elsewhere, or is a translation. */
const QUOTED = ['python', 'java', 'csharp', 'go', 'xml', 'yaml', 'toml'];
const FREE = ['text', 'http', 'mermaid', 'console'];
const JAVASCRIPT = ['js', 'mjs', 'javascript'];

test.each(blocks.map((block) => [`${block.file}:${block.line} (${block.language})`, block] as const))(
  '%s is what it says',
  (_where, block) => expect(problem(block)).toBeUndefined(),
);

function problem(block: Block): string | undefined {
  const { language, marker = '', text } = block;
  const [, file] = /^from (\S+)/.exec(marker) ?? [];
  if (file) return quotationProblem(file, text);
  if (isTypeScript(block) || translated.has(block)) return undefined; // snippets.test.ts
  if (language === 'json') return parseProblem(() => JSON.parse(text));
  if (JAVASCRIPT.includes(language)) return parseProblem(() => transformSync(text, { format: 'esm' }));
  if (QUOTED.includes(language)) {
    return `write \`<!-- from <file> -->\` above it, or \`<!-- ${language} of the snippet above -->\``;
  }
  return FREE.includes(language) ? undefined : `'${language}' is no language that is checked: ${[...QUOTED, ...FREE]}`;
}

function quotationProblem(file: string, text: string): string | undefined {
  if (!existsSync(file)) return `there is no ${file}`;
  return quotes(readFileSync(file, 'utf8'), text) ? undefined : `these lines do not stand in ${file}`;
}

/** Whether the lines stand in the file one after another; all of them may have lost the same indentation. */
function quotes(file: string, text: string): boolean {
  const lines = file.split('\n');
  const wanted = text.split('\n');
  return lines.some((line, start) => {
    const indent = line.slice(0, line.length - wanted[0].length);
    return (
      indent.trim() === '' &&
      wanted.every((part, index) => (lines[start + index] ?? '').trimEnd() === (part && indent + part).trimEnd())
    );
  });
}

function parseProblem(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test('a quotation is verbatim, but for a common indentation', () => {
  const file = 'class A {\n  one() {\n\n    two();\n  }\n}\n';
  expect(quotes(file, 'one() {\n\n  two();\n}')).toBe(true);
  expect(quotes(file, 'one() {\n  two();\n}')).toBe(false);
  expect(quotes(file, 'one() {\n\n    two();\n}')).toBe(false);
  expect(quotes(file, 'three();')).toBe(false);
});
