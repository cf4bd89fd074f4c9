import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

interface Assembly {
  readonly types: Record<string, { methods?: Array<{ name: string }> }>;
}
const SERVER = 'cdk-mcp-lambda.McpLambdaServer';
const METHOD = 'addTool';

const assembly = () => JSON.parse(readFileSync('.jsii', 'utf8')) as Assembly;

/** Writes a version of the package in a form that jsii-diff can read. */
function version(content: Assembly): string {
  const folder = mkdtempSync(join(tmpdir(), 'version-'));
  writeFileSync(join(folder, '.jsii'), JSON.stringify(content));
  writeFileSync(join(folder, 'package.json'), readFileSync('package.json', 'utf8'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Runs `npx projen compat` for two folders instead of the npm release and the working directory. */
function compat(from: string, to: string, ignored = ''): { status: number | null; output: string } {
  const { tasks } = JSON.parse(readFileSync('.projen/tasks.json', 'utf8'));
  const [, ...args]: string[] = tasks.compat.steps[0].execArgs;
  const ignoreFile = join(mkdtempSync(join(tmpdir(), 'ignore-')), 'ignored');
  writeFileSync(ignoreFile, ignored);
  const replaced = args.map((arg) => ({ 'npm:cdk-mcp-lambda': from, '.compatignore': ignoreFile })[arg] ?? arg);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/jsii-diff/bin/jsii-diff', replaced[0], to, ...replaced.slice(1)],
    { encoding: 'utf8' },
  );
  return { status, output: stdout + stderr };
}

let complete: string;
let withoutMethod: string;
beforeAll(() => {
  complete = version(assembly());
  const smaller = assembly();
  const server = smaller.types[SERVER];
  server.methods = server.methods!.filter(({ name }) => name !== METHOD);
  withoutMethod = version(smaller);
});

test('an added method is compatible', () => {
  expect(compat(withoutMethod, complete).status).toBe(0);
});

test('a removed method is incompatible, although the API is experimental, unless .compatignore lists it', () => {
  const { status, output } = compat(complete, withoutMethod);
  expect(status).not.toBe(0);
  const [, key] = output.match(/\[(removed:\S+)\]/) ?? [];
  expect(key).toBe(`removed:${SERVER}.${METHOD}`);
  expect(compat(complete, withoutMethod, key).status).toBe(0);
});
