// Compiles TypeScript snippets strictly against the library and translates them, as the packages of the other languages have them.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import {
  BatchSnippetTranslator,
  CSharpVisitor,
  GoVisitor,
  JavaVisitor,
  PythonVisitor,
  rosettaDiagFromTypescript,
  type TypeScriptSnippet,
} from 'jsii-rosetta';
import ts from 'typescript';
import { type Block, pages, readPage } from './markdown.mjs';

const LANGUAGES = {
  python: () => new PythonVisitor(),
  java: () => new JavaVisitor(),
  csharp: () => new CSharpVisitor(),
  go: () => new GoVisitor(),
};
export type Language = keyof typeof LANGUAGES;

/** A piece of TypeScript that a reader sees. */
export interface Snippet {
  /** For people: `file:line`, or the API it documents. */
  readonly where: string;
  readonly source: string;
  /** Whether it stands in the constructor of a stack, with everything imported (`rosetta/default.ts-fixture`). */
  readonly fixture: boolean;
}

export interface Translated extends Snippet {
  /** What the compiler or a translator has against it. */
  readonly problems: readonly string[];
  readonly translations: Readonly<Record<Language, string>>;
}

/** The snippets of the pages that are no quotation of a file (which is compiled where it is). */
export function pageSnippets(): readonly Snippet[] {
  return pages().flatMap(
    (file) => (file === 'API.md' ? [] : readPage(file).blocks.filter(isCompiled).map(snippetOf)), // API.md: the docstrings'
  );
}

export const isTypeScript = ({ language }: Block): boolean => ['ts', 'typescript'].includes(language);

/** In the README nothing is exempt: the packages ship its translations. */
export const isCompiled = (block: Block): boolean =>
  isTypeScript(block) && (block.file === 'README.md' || !/^(from|not compiled:) /.test(block.marker ?? ''));

export function snippetOf({ file, line, text, parameters }: Block): Snippet {
  return { where: `${file}:${line}`, source: text, fixture: !parameters.includes('nofixture') };
}

/** The `@example`s of the docstrings, of the compiled library. */
export function docstringSnippets(): readonly Snippet[] {
  const found: Snippet[] = [];
  const visit = (value: unknown, where: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'docs' && typeof child.example === 'string') {
        found.push({ where: `@example of ${where}`, source: child.example, fixture: true });
      }
      visit(child, Array.isArray(value) ? `${where}.${child.name ?? key}` : key === 'types' ? '' : where);
    }
  };
  const { types } = JSON.parse(readFileSync('.jsii', 'utf8'));
  for (const [fqn, type] of Object.entries(types)) visit(type, fqn);
  return found;
}

/** One compilation for all: the types of aws-cdk-lib are what takes time. */
export function translate(snippets: readonly Snippet[]): readonly Translated[] {
  const given = snippets.map(
    (snippet, index): TypeScriptSnippet => ({
      visibleSource: snippet.source,
      completeSource: snippet.fixture ? inFixture(snippet.source) : snippet.source,
      location: { api: { api: 'file', fileName: `snippet-${index}.ts` } },
      strict: true,
    }),
  );
  const batch = new BatchSnippetTranslator(given, { includeCompilerDiagnostics: true });
  return [...batch].map(([, translator], index) => {
    const translations = Object.fromEntries(
      Object.entries(LANGUAGES).map(([language, visitor]) => [language, translator.renderUsing(visitor())]),
    ) as Record<Language, string>;
    const problems = translator.diagnostics.map((problem) =>
      stripVTControlCharacters(rosettaDiagFromTypescript(problem).formattedMessage),
    );
    return { ...snippets[index], translations, problems };
  });
}

const HERE = /^[ \t]*\/\/\/ here[ \t]*$/m;

/** As jsii-rosetta does it: imports and `declare const` go to the top, the rest where the fixture says. */
function inFixture(source: string): string {
  const fixture = readFileSync('rosetta/default.ts-fixture', 'utf8');
  const statements = ts.createSourceFile('snippet.ts', source, ts.ScriptTarget.Latest, true).statements;
  const isTop = (node: ts.Statement) =>
    ts.isImportDeclaration(node) ||
    (ts.isVariableStatement(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword));
  const text = (wanted: boolean) =>
    statements
      .filter((node) => !!isTop(node) === wanted)
      .map((node) => node.getFullText())
      .join('');
  const shown = (code: string) => `/// !show\n${code}\n/// !hide`;
  return `${shown(text(true))}\n${fixture.replace(HERE, () => shown(text(false)))}`;
}
