import { execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { downloadRuntimeClient, LOCAL_REPOSITORY, useBuiltPackage } from './maven';
import { packages } from './packages';
import { venv } from './venv';

const run = promisify(execFile);

/** What a newcomer has on the machine, after the installation. */
export interface Newcomer {
  /** The folder of the app, which was empty. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Command that runs the tests of the app. */
  readonly test: readonly string[];
  /** The command mcp-lambda. */
  readonly command: readonly string[];
}

/** Installs the npm package, as `npm install aws-cdk-lib constructs cdk-mcp-lambda` does. */
export function typescriptNewcomer(): Newcomer {
  const directory = newFolder('typescript');
  const modules = installNpmPackage(directory);
  for (const name of ['aws-cdk-lib', 'constructs', 'tsx', '@modelcontextprotocol']) {
    symlinkSync(resolve('node_modules', name), join(modules, name));
  }
  symlinkSync(resolve('node_modules/.bin/tsx'), join(modules, '.bin', 'tsx'));
  return {
    directory,
    env: environment({}),
    test: [process.execPath, '--test', 'orders.test.mjs'],
    command: [process.execPath, 'node_modules/cdk-mcp-lambda/bin/mcp-lambda'],
  };
}

/** Installs the wheel, as `pip install cdk-mcp-lambda` does. */
export function pythonNewcomer(): Newcomer {
  const directory = newFolder('python');
  const bin = venv('newcomer', 'test/interop/newcomers/python/requirements.txt', packages.wheel());
  return {
    directory,
    env: environment({ VIRTUAL_ENV: dirname(bin), PATH: `${bin}${delimiter}${process.env.PATH}` }),
    test: [join(bin, 'python'), '-m', 'unittest', '--quiet'],
    command: [join(bin, 'mcp-lambda')],
  };
}

/** Uses the jar, as a dependency of a Maven project. The command comes from npm. */
export function javaNewcomer(): Newcomer {
  const directory = newFolder('java');
  useBuiltPackage(directory);
  downloadRuntimeClient();
  installNpmPackage(directory); // where `npx -p cdk-mcp-lambda` finds it
  return {
    directory,
    env: environment({ MAVEN_OPTS: `-Dmaven.repo.local=${LOCAL_REPOSITORY}` }),
    test: [
      'mvn',
      '-q',
      'test-compile',
      'exec:java',
      '-Dexec.mainClass=com.example.OrdersTest',
      '-Dexec.classpathScope=test',
    ],
    command: ['npx', '-p', 'cdk-mcp-lambda', 'mcp-lambda'],
  };
}

/** Runs the tests of the app, which start the runner and call the tool. Returns what they print. */
export async function runTests({ directory, env, test: [program, ...args] }: Newcomer): Promise<string> {
  const { stdout, stderr } = await run(program!, args, { cwd: directory, env });
  return stdout + stderr;
}

/** Changes a file, as by mistake. */
export function change({ directory }: Newcomer, file: string, from: string, to: string): void {
  const path = join(directory, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`);
  writeFileSync(path, text.replace(from, to));
}

/** The runner, until it is stopped. */
export interface Started {
  /** The line of JSON; undefined if the runner does not start. */
  readonly mcp: string | undefined;
  readonly log: () => string;
  stop(): Promise<void>;
}

/** Starts the runner in the folder of the app. */
export async function start({ directory, env, command: [program, ...args] }: Newcomer): Promise<Started> {
  const child = spawn(program!, [...args, 'local', '--port', '0', '--json'], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // npx does not pass signals on
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text));
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  const line = await Promise.race([
    new Promise<string>((done) => createInterface(child.stdout).once('line', done)),
    closed.then(() => undefined),
  ]);
  return {
    mcp: line === undefined ? undefined : JSON.parse(line).mcp,
    log: () => log,
    async stop() {
      if (child.exitCode === null) process.kill(-child.pid!, 'SIGINT');
      await closed;
    },
  };
}

/** Runs `mcp-lambda connect` with one request. Returns the response. */
export async function connect({ directory, env, command: [program, ...args] }: Newcomer, url: string, as: string) {
  const child = run(program!, [...args, 'connect', url, '--as', as], { cwd: directory, env });
  child.child.stdin!.end(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`);
  return JSON.parse((await child).stdout);
}

function newFolder(language: string): string {
  const directory = join(realpathSync(mkdtempSync(join(tmpdir(), 'newcomer-'))), 'orders');
  cpSync(join('test/interop/newcomers', language), directory, { recursive: true });
  return directory;
}

/** Unpacks the npm package into `node_modules`. Returns that folder. */
function installNpmPackage(directory: string): string {
  const modules = join(directory, 'node_modules');
  const own = join(modules, 'cdk-mcp-lambda');
  mkdirSync(own, { recursive: true });
  mkdirSync(join(modules, '.bin'));
  execFileSync('tar', ['-xzf', packages.npm(), '-C', own, '--strip-components', '1']);
  symlinkSync(join('..', 'cdk-mcp-lambda', 'bin', 'mcp-lambda'), join(modules, '.bin', 'mcp-lambda'));
  return modules;
}

function environment(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, XDG_STATE_HOME, JAVA_HOME } = process.env;
  return { PATH, HOME, TMPDIR, XDG_STATE_HOME, JAVA_HOME, JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1', ...more };
}
