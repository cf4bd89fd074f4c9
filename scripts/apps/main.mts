// Tries the product on public CDK apps: adds a server and a tool for each function, synthesises the app, starts it locally, calls the tools, and
// prints a table. The repositories come from a folder of the user: `npm run apps -- <folder> [part of the app's path]`.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

interface AppSource {
  /** GitHub owner and name. */
  readonly repository: string;
  readonly commit: string;
  /** Folder of the app in the repository. */
  readonly path: string;
}

interface Result {
  readonly app: string;
  readonly synth: string;
  readonly start: string;
  readonly tools: string;
  readonly notRun: string;
}

const root = resolve(import.meta.dirname, '../..');
const SYNTH_TIMEOUT_MS = 120_000;
const START_TIMEOUT_MS = 180_000;
/** Each attempt creates a lock file that is missing, or leaves out bundling. */
const MAX_SYNTH_ATTEMPTS = 5;
/** Maximum number of tools to call of each app. */
const MAX_CALLS = 5;

const [folder, filter = ''] = process.argv.slice(2);
if (!folder) {
  console.error('usage: npm run apps -- <folder with the repositories> [part of an app path]');
  process.exit(1);
}
const list = JSON.parse(readFileSync(join(import.meta.dirname, 'apps.json'), 'utf8')) as Array<
  Omit<AppSource, 'path'> & { readonly paths: readonly string[] }
>;
const apps = list.flatMap(({ paths, ...repository }) => paths.map((path) => ({ ...repository, path })));
const work = mkdtempSync(join(tmpdir(), 'apps-'));
// packages that the apps and their functions import, beside those of this repository
if (existsSync(resolve(folder, 'node_modules')))
  symlinkSync(resolve(folder, 'node_modules'), join(work, 'node_modules'));
const results: Result[] = [];
for (const app of apps.filter(({ repository, path }) => `${repository}/${path}`.includes(filter))) {
  const result = await tryApp(app);
  results.push(result);
  console.error(Object.values(result).join(' | '));
}
rmSync(work, { recursive: true, force: true });
console.log('| app | synth | start | tools called | not run here |\n|---|---|---|---|---|');
for (const result of results) console.log(`| ${Object.values(result).join(' | ')} |`);
const count = (text: string, key: 'synth' | 'start') => results.filter((result) => result[key] === text).length;
console.log(`\n${results.length} apps, ${count('ok', 'synth')} synthesised, ${count('ok', 'start')} started`);

async function tryApp(source: AppSource): Promise<Result> {
  const app = `${source.repository.split('/')[1]}/${source.path}`;
  const failed = (synth: string, start = '') => ({ app, synth, start, tools: '', notRun: '' });
  let directory: string;
  try {
    directory = checkOut(source);
  } catch (error) {
    return failed(`not found: ${firstLine(error)}`);
  }
  try {
    await synthesise(directory);
  } catch (error) {
    return failed(firstLine(error));
  }
  return { app, synth: 'ok', ...(await startAndCall(directory)) };
}

/** Writes the app's folder of the commit to a new directory, with the packages of this repository. */
function checkOut({ repository, commit, path }: AppSource): string {
  const [owner, name] = repository.split('/') as [string, string];
  const candidates = [join(owner, name), `${owner}+${name}/repo`, name].map((each) => resolve(folder!, each));
  const git = candidates.find(existsSync);
  if (!git) throw new Error(`no ${repository} in ${folder}`);
  const target = mkdtempSync(join(work, 'app-'));
  const archive = join(target, 'app.tar');
  execFileSync('git', ['-C', git, 'archive', '--output', archive, commit, path]);
  execFileSync('tar', ['-xf', archive, '-C', target]);
  const directory = join(target, path);
  if (!existsSync(join(directory, 'node_modules')))
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  if (!existsSync(join(directory, 'package-lock.json'))) writeFileSync(join(directory, 'package-lock.json'), '{}');
  return directory;
}

/** Synthesises the app with an added server: with bundled functions if that needs no Docker, otherwise without. */
async function synthesise(directory: string): Promise<void> {
  const config = JSON.parse(readFileSync(join(directory, 'cdk.json'), 'utf8')) as { app: string; context?: object };
  const [, entry, language] = /([\w./-]+\.([cm]?ts|[cm]?js|py))"?\s*$/.exec(config.app) ?? [];
  if (!entry) throw new Error(`not an app in TypeScript, JavaScript or Python: ${config.app}`);
  const command = language === 'py' ? 'python3' : process.execPath;
  const args = language === 'py' ? [entry] : [join(root, 'node_modules/tsx/dist/cli.mjs'), entry];
  const run = (bundlingStacks: string[]) => {
    rmSync(join(directory, 'cdk.out'), { recursive: true, force: true });
    mkdirSync(join(directory, 'cdk.out'));
    const context = {
      ...config.context,
      'aws:cdk:enable-path-metadata': true,
      'aws:cdk:bundling-stacks': bundlingStacks,
    };
    return runToEnd(command, args, directory, {
      ADD_SERVER_TO: language === 'py' ? 'jsii' : 'app',
      NODE_OPTIONS: `--require ${join(import.meta.dirname, 'add-server.cjs')}`,
      CDK_OUTDIR: join(directory, 'cdk.out'),
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_DEFAULT_ACCOUNT: '123456789012',
      CDK_DEFAULT_REGION: 'us-east-1',
      CDK_VALIDATION: 'false',
      JSII_DEPRECATED: 'quiet',
      PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    });
  };
  if (/\btsc\b/.test(config.app)) {
    const compiler = join(root, 'node_modules/typescript/bin/tsc'); // some apps deploy what it writes
    await runToEnd(process.execPath, [compiler, '--noCheck', '--skipLibCheck'], directory, {}).catch(() => {});
  }
  let bundlingStacks = ['**'];
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(bundlingStacks);
    } catch (error) {
      const { message } = error as Error;
      const [, lockFile] = /Lock file at (\S+) doesn't exist/.exec(message) ?? [];
      if (attempt === MAX_SYNTH_ATTEMPTS) throw error;
      if (lockFile)
        writeFileSync(lockFile, '{}'); // the app's readme runs npm install there
      else if (/docker|bundl/i.test(message) && bundlingStacks.length > 0) bundlingStacks = [];
      else throw error;
    }
  }
}

function runToEnd(command: string, args: string[], cwd: string, env: Record<string, string>): Promise<void> {
  return new Promise((settle, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, timeout: SYNTH_TIMEOUT_MS });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return settle();
      const line = output.split('\n').find((each) => /^«|[Ee]rror:|[Cc]annot find|docker/.test(each));
      reject(new Error(signal ? 'timed out' : (line ?? output.slice(-300))));
    });
  });
}

async function startAndCall(directory: string): Promise<Pick<Result, 'start' | 'tools' | 'notRun'>> {
  const args = [join(root, 'bin/mcp-lambda'), 'local', '--app', 'cdk.out', '--port', '0', '--json'];
  const child = spawn(process.execPath, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise<void>((settle) => child.once('close', () => settle()));
  const messages: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => messages.push(line));
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  try {
    const line = await new Promise<string | undefined>((settle) => {
      createInterface({ input: child.stdout }).once('line', settle);
      child.once('close', () => settle(undefined));
    });
    if (line === undefined) return { start: messages.at(-1) ?? 'timed out', tools: '', notRun: '' };
    const { mcp, notRun = [] } = JSON.parse(line) as { mcp?: string; notRun?: Array<{ type: string }> };
    const types = [...new Set(notRun.map(({ type }) => type.replace(/^AWS::/, '')))].join(', ');
    return { start: 'ok', tools: mcp ? await callTools(mcp) : 'no server', notRun: types };
  } finally {
    clearTimeout(timer);
    child.kill('SIGTERM');
    await closed;
  }
}

/** Calls the tools with empty arguments. Returns how many answered, and the first words of an error. */
async function callTools(mcp: string): Promise<string> {
  const { tools } = (await request(mcp, 'tools/list')) as { tools: Array<{ name: string }> };
  const answers: string[] = [];
  for (const { name } of tools.slice(0, MAX_CALLS)) {
    const result = (await request(mcp, 'tools/call', { name, arguments: {} })) as {
      isError?: boolean;
      content: Array<{ text?: string }>;
    };
    answers.push(result.isError ? `error: ${(result.content[0]?.text ?? '').slice(0, 90)}` : 'ok');
  }
  const errors = answers.filter((answer) => answer !== 'ok').map((answer) => answer.replaceAll(/[|\n]/g, ' '));
  return [`${answers.length - errors.length} of ${answers.length}`, ...errors].join('; ');
}

async function request(mcp: string, method: string, params: object = {}): Promise<unknown> {
  const response = await fetch(mcp, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.startsWith('text/event-stream')
    ? text
        .split('\n')
        .findLast((line) => line.startsWith('data: '))
        ?.slice(6)
    : text;
  const { result, error } = JSON.parse(json || '{}') as { result?: unknown; error?: { message: string } };
  if (error) return { isError: true, content: [{ text: error.message }], tools: [] };
  return result;
}

function firstLine(error: unknown): string {
  return (error as Error).message.trim().split('\n')[0]!.replaceAll('|', '/').slice(0, 160);
}
