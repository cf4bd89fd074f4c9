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

/** Languages that the tests do not compile: a block quotes a file that is run or compiled elsewhere, or is a translation. */
const QUOTED = ['python', 'java', 'csharp', 'go', 'xml', 'yaml', 'toml'];
const FREE = ['text', 'http', 'mermaid', 'console'];
const JAVASCRIPT = ['js', 'mjs', 'javascript'];

test.each(blocks.map((block) => [`${block.file}:${block.line} (${block.language})`, block] as const))(
  '%s is a valid quotation, translation or snippet',
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
  return FREE.includes(language) ? undefined : `unsupported language '${language}': use one of ${[...QUOTED, ...FREE]}`;
}

function quotationProblem(file: string, text: string): string | undefined {
  if (!existsSync(file)) return `${file} does not exist`;
  return quotes(readFileSync(file, 'utf8'), text) ? undefined : `${file} does not contain these lines`;
}

/** Whether the file contains the lines consecutively. All of them may have lost the same indentation. */
function quotes(file: string, text: string): boolean {
  const lines = file.split('\n');
  const quoted = text.split('\n');
  return lines.some((line, start) => {
    const indent = line.slice(0, line.length - quoted[0].length);
    return (
      indent.trim() === '' &&
      quoted.every((part, index) => (lines[start + index] ?? '').trimEnd() === (part && indent + part).trimEnd())
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

test('accepts a verbatim quotation with less common indentation', () => {
  const file = 'class A {\n  one() {\n\n    two();\n  }\n}\n';
  expect(quotes(file, 'one() {\n\n  two();\n}')).toBe(true);
  expect(quotes(file, 'one() {\n  two();\n}')).toBe(false);
  expect(quotes(file, 'one() {\n\n    two();\n}')).toBe(false);
  expect(quotes(file, 'three();')).toBe(false);
});
