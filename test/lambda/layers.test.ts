import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** The folders of `lambda/`, each with the folders that it may import. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  registry: ['shared'],
  access: ['registry', 'shared'],
  audit: ['registry', 'shared'],
  limits: ['shared'],
  oauth: ['shared'],
  authorizer: ['access', 'oauth', 'registry', 'shared'],
  protocol: ['registry', 'shared'],
  results: ['shared'],
  functions: ['audit', 'protocol', 'results', 'shared'],
  notifications: ['protocol', 'registry', 'shared'],
  tasks: ['access', 'audit', 'functions', 'protocol', 'registry', 'shared'],
  mcp: ['access', 'audit', 'functions', 'protocol', 'registry', 'results', 'shared', 'tasks'],
  sse: ['access', 'audit', 'limits', 'mcp', 'notifications', 'protocol', 'registry', 'shared'],
  http: ['access', 'audit', 'limits', 'mcp', 'notifications', 'oauth', 'protocol', 'registry', 'shared', 'tasks'],
  message: ['protocol', 'shared', 'sse'],
  registration: ['audit', 'registry', 'shared', 'sse'],
  sweeper: ['registration', 'registry', 'shared', 'sse'],
  'task-runner': ['audit', 'functions', 'mcp', 'protocol', 'registry', 'shared', 'tasks'],
};

/** What constructs and functions share: names, types and rules, but no construct. */
const SHARED_SOURCES =
  /^src\/private\/(audit|contract|event|event-template|oauth|registration|registration-id|validation\/.*)\.ts$/;

const sources = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));

/** Relative imports of a file as paths from the root of the repository. */
function importsOf(file: string): string[] {
  const specifiers = readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g);
  return [...specifiers].map(([, specifier]) => normalize(join(dirname(file), specifier!.replace(/(\.js)?$/, '.ts'))));
}

test('imports between the folders of lambda/ go one way', () => {
  const order = Object.keys(LAYERS);
  for (const [folder, allowed] of Object.entries(LAYERS)) {
    const later = allowed.filter((each) => order.indexOf(each) >= order.indexOf(folder));
    expect(later, `${folder} may only build on folders before it`).toEqual([]);
  }
  expect(readdirSync('lambda').sort()).toEqual([...order].sort());
});

test.each(sources('lambda'))('%s imports only what its layer allows', (file) => {
  const folder = file.split('/')[1]!;
  const wrong = importsOf(file).filter((path) => {
    if (path.startsWith('src/')) return !SHARED_SOURCES.test(path);
    return path.split('/')[1] !== folder && !LAYERS[folder]!.includes(path.split('/')[1]!);
  });
  expect(wrong).toEqual([]);
});

test('the local runner imports neither constructs nor server functions', () => {
  const wrong = sources('local').flatMap((file) =>
    importsOf(file).filter((path) => !path.startsWith('local/') && !SHARED_SOURCES.test(path)),
  );
  expect(wrong).toEqual([]);
});

test('no file of src/, lambda/ or local/ is part of an import cycle', () => {
  const graph = new Map(['src', 'lambda', 'local'].flatMap(sources).map((file) => [file, runtimeImports(file)]));
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (done.has(file) || path.includes(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  expect(cycles).toEqual([]);
});

/** Imports that remain after compilation. Types may refer to each other: `IMcpLambdaServer.addTool()` returns `McpTool`, which has a server. */
function runtimeImports(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^(import|export) type [^;]*;$/gm, '');
  const specifiers = text.matchAll(/^(?:import|export)\s([^;]*?)from '(\.[^']+)';$/gm);
  return [...specifiers]
    .filter(([, names]) => !/^\{\s*(type [^,}]+,?\s*)+\}\s*$/.test(names!))
    .map(([, , specifier]) => normalize(join(dirname(file), specifier!.replace(/(\.js)?$/, '.ts'))));
}
