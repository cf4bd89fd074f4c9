import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { docstringSnippets, pageSnippets, translate } from '../../scripts/docs/snippets.mjs';
import { packages } from './support/packages';

const translated = translate([...pageSnippets(), ...docstringSnippets()]);
const temporary = () => mkdtempSync(join(tmpdir(), 'docs-'));

/** Writes each text to a file in a new folder. */
function folderOf(texts: readonly string[], extension: string): string {
  const folder = temporary();
  for (const [index, text] of texts.entries()) writeFileSync(join(folder, `Snippet${index}.${extension}`), text);
  return folder;
}

const PARSE_PYTHON = `
import ast, pathlib, sys
for file in pathlib.Path(sys.argv[1]).iterdir():
    try:
        ast.parse(file.read_text())
    except SyntaxError as error:
        print(f"{error}: {error.text}")
`;
const parsePython = (texts: readonly string[]) =>
  execFileSync('python3', ['-c', PARSE_PYTHON, folderOf(texts, 'py')], { encoding: 'utf8' });

test('every snippet translates to valid Python', () => {
  expect(parsePython(translated.map(({ translations }) => translations.python))).toBe('');
  expect(parsePython(['server.add_tool(fn, name=)'])).toContain('invalid syntax');
});

const parseJava = (texts: readonly string[]) =>
  execFileSync('java', ['test/interop/support/ParseSnippets.java', folderOf(texts.map(compilationUnit), 'java')], {
    encoding: 'utf8',
  });

/** Wraps a snippet of imports and statements in a class. A snippet with a class is complete already. */
function compilationUnit(snippet: string): string {
  const imports = snippet.match(/^import .*;$/gm) ?? [];
  const rest = snippet.replace(/^import .*;$/gm, '');
  return /^public class /m.test(rest) ? snippet : `${imports.join('\n')}\nclass Snippet {\n{\n${rest}\n}\n}\n`;
}

test('every snippet translates to valid Java', () => {
  expect(parseJava(translated.map(({ translations }) => translations.java))).toBe('');
  expect(parseJava(['server.addTool(fn, );'])).toContain('illegal start of expression');
});

test('the Python and Java packages contain the README’s snippets in their language', () => {
  const folder = temporary();
  execFileSync('python3', ['-m', 'zipfile', '-e', packages.wheel(), folder]);
  const python = readFileSync(join(folder, 'cdk_mcp_lambda', '__init__.py'), 'utf8');
  expect(python).toContain('server = McpLambdaServer(self, "Mcp", server_name="orders")');
  expect(python).not.toContain('new McpLambdaServer(');

  const sources = packages.jar().replace(/\.jar$/, '-sources.jar');
  execFileSync('python3', ['-m', 'zipfile', '-e', sources, folder]);
  const java = readFileSync(join(folder, 'io/github/cdkmcplambda/McpLambdaServer.java'), 'utf8');
  expect(java).toContain('McpLambdaServer.Builder.create(this, "Mcp").serverName("orders")');
  expect(java).not.toContain('new McpLambdaServer(this,');

  execFileSync('tar', ['-xzf', packages.npm(), '-C', folder]);
  expect(readFileSync(join(folder, 'package', '.jsii.tabl.json.gz')).length).toBeGreaterThan(0);
});

test.each([
  ['npm', packages.npm],
  ['PyPI', packages.wheel],
  ['Maven', packages.jar],
])('the README states the size of the %s package within 0.25 MB', (registry, file) => {
  const [, megabytes] = new RegExp(`\\| ${registry} [^|]*, ([\\d.]+) MB`).exec(readFileSync('README.md', 'utf8')) ?? [];
  expect(Math.abs(Number(megabytes) * 1e6 - statSync(file()).size)).toBeLessThan(250_000);
});
