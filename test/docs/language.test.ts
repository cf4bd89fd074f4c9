import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Files and folders that people read: documentation, source code, messages and tests. */
const READ = [
  'src',
  'lambda',
  'local',
  'scripts',
  'test',
  'docs',
  'README.md',
  'API.md',
  'AGENTS.md',
  'CONTRIBUTING.md',
];
/** Not written for this project, or named after it in another place. */
const EXCLUDED = new Set(['docs/design-document.md', 'scripts/licences.mjs', 'test/docs/language.test.ts']);
const EXCLUDED_FOLDERS = new Set([
  'node_modules',
  'cdk.out',
  'dist',
  'target',
  '.venv',
  '__pycache__',
  '__snapshots__',
]);
const TEXT = /\.(?:[cm]?[jt]sx?|md|json|py|java|go|sh|xml|svg|ya?ml|toml|txt)$/;

/** Space between two words, which may be a line break with the mark of a comment or list. */
const GAP = String.raw`(?: |\n[ \t]*(?:\*|//|#|-|>)?[ \t]*)`;
const pattern = (source: string, flags = 'gi') => new RegExp(String.raw`\b(?:${source.replaceAll(' ', GAP)})\b`, flags);

/** Phrases that are grammatical, but that a native engineer would not write. */
const PHRASES = [
  '(?:is|are) no [a-z]+', // "is not a ..."
  'shall',
  'whoever', // name the caller, the client, the owner
  'whom(?:ever)?',
  'somebody',
  'anybody',
  'nobody(?!\\()', // `BodyPublishers.noBody()` is Java's
  'stands? in', // "is in", "replaces"
  'in good order',
  'what(?: [a-z]+)+ (?:is|are) like',
  'of its own accord',
  'without a word', // "silently"
  'not to be had', // "is not available"
].map((source) => pattern(source));

/** Names that the glossary has replaced. */
const RETIRED = [
  ...['atTheDoor', 'Treatments?', 'courseOf'].map((name) => pattern(name, 'g')),
  ...['farewell', 'deaf', 'judge[sd]?', 'front(?: |-)door'].map((name) => pattern(name)),
];

function filesBelow(path: string): readonly string[] {
  if (EXCLUDED.has(path)) return [];
  if (statSync(path).isFile()) return TEXT.test(path) ? [path] : [];
  return readdirSync(path)
    .filter((name) => !EXCLUDED_FOLDERS.has(name))
    .flatMap((name) => filesBelow(join(path, name)));
}

/** Occurrences of the patterns in a text, as `line: phrase`, in their order. */
function occurrences(text: string, patterns: readonly RegExp[]): readonly string[] {
  return patterns
    .flatMap((each) => [...text.matchAll(each)])
    .sort((a, b) => a.index - b.index)
    .map(
      ({ index, 0: phrase }) =>
        `${text.slice(0, index).split('\n').length}: ${phrase.replace(new RegExp(GAP, 'g'), ' ')}`,
    );
}

const files = READ.flatMap(filesBelow);

test.each([
  ['phrases that are not plain English', PHRASES],
  ['names that the glossary has replaced', RETIRED],
])('no file has %s', (_title, patterns) => {
  const found = files.flatMap((file) => {
    return occurrences(readFileSync(file, 'utf8'), patterns).map((occurrence) => `${file}:${occurrence}`);
  });
  expect(found.join('\n')).toBe('');
});

test('every term of the glossary has a meaning', () => {
  const rows = readFileSync('docs/glossary.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| (?:term \||-)|^\|-/.test(line));
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) expect(row).toMatch(/^\| [^|\s][^|]* \| [^|\s][^|]* \|$/);
});

test('reads the files of this project', () => {
  expect(files).toEqual(
    expect.arrayContaining(['README.md', 'docs/glossary.md', 'docs/adr/001-mcp-sdk.md', 'src/index.ts']),
  );
  expect(files).not.toContain('docs/design-document.md');
  expect(files.filter((file) => file.includes('node_modules'))).toEqual([]);
});

test('reports each phrase with its line', () => {
  const text = 'fine\nThis is no ARN, and nobody\nShall we?\n';
  expect(occurrences(text, PHRASES)).toEqual(['2: is no ARN', '2: nobody', '3: Shall']);
  expect(occurrences('what a server is like', PHRASES)).toEqual(['1: what a server is like']);
  expect(occurrences('this is not an ARN; there is none', PHRASES)).toEqual([]);
});

test('reports a phrase that continues on the next line', () => {
  expect(occurrences('/**\n * The value is\n * no ARN.\n */', PHRASES)).toEqual(['2: is no ARN']);
  expect(occurrences('a fake that stands\nin for S3', PHRASES)).toEqual(['1: stands in']);
  expect(occurrences('It is here.\n\nNo more.', PHRASES)).toEqual([]);
});
