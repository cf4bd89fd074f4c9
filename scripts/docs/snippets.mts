// Compiles TypeScript snippets against the library and translates them to the other languages, like the published packages.
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

/** A TypeScript snippet in the documentation. */
export interface Snippet {
  /** Location for messages: `file:line`, or the API that the snippet documents. */
  readonly where: string;
  readonly source: string;
  /** Whether it is compiled in the fixture (`rosetta/default.ts-fixture`), the constructor of a stack. */
  readonly fixture: boolean;
}

export interface Translated extends Snippet {
  /** Errors of the compiler and the translators. */
  readonly problems: readonly string[];
  readonly translations: Readonly<Record<Language, string>>;
}

/** The snippets of all pages, except quotations of files, which are compiled in place. */
export function pageSnippets(): readonly Snippet[] {
  return pages().flatMap(
    (file) => (file === 'API.md' ? [] : readPage(file).blocks.filter(isCompiled).map(snippetOf)), // API.md repeats the docstrings
  );
}

export const isTypeScript = ({ language }: Block): boolean => ['ts', 'typescript'].includes(language);

/** Whether a block is compiled. All snippets of the README are, because the packages ship its translations. */
export const isCompiled = (block: Block): boolean =>
  isTypeScript(block) && (block.file === 'README.md' || !/^(from|not compiled:) /.test(block.marker ?? ''));

export function snippetOf({ file, line, text, parameters }: Block): Snippet {
  return { where: `${file}:${line}`, source: text, fixture: !parameters.includes('nofixture') };
}

/** The `@example` snippets in the docstrings of the compiled library. */
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

/** Translates all snippets in one compilation, because loading the types of aws-cdk-lib is slow. */
export function translate(snippets: readonly Snippet[]): readonly Translated[] {
  const inputs = snippets.map(
    (snippet, index): TypeScriptSnippet => ({
      visibleSource: snippet.source,
      completeSource: snippet.fixture ? inFixture(snippet.source) : snippet.source,
      location: { api: { api: 'file', fileName: `snippet-${index}.ts` } },
      strict: true,
    }),
  );
  const batch = new BatchSnippetTranslator(inputs, { includeCompilerDiagnostics: true });
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

/** Inserts a snippet into the fixture like jsii-rosetta: imports and `declare const` at the top, the rest at `/// here`. */
function inFixture(source: string): string {
  const fixture = readFileSync('rosetta/default.ts-fixture', 'utf8');
  const statements = ts.createSourceFile('snippet.ts', source, ts.ScriptTarget.Latest, true).statements;
  const isTop = (node: ts.Statement) =>
    ts.isImportDeclaration(node) ||
    (ts.isVariableStatement(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword));
  const text = (top: boolean) =>
    statements
      .filter((node) => !!isTop(node) === top)
      .map((node) => node.getFullText())
      .join('');
  const shown = (code: string) => `/// !show\n${code}\n/// !hide`;
  return `${shown(text(true))}\n${fixture.replace(HERE, () => shown(text(false)))}`;
}
