import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { DEFAULT_ENVIRONMENT } from '../environment.js';
import { assetsKept, keepingAssets } from './keep-assets.js';

/** The app to run: an existing cloud assembly or template, or a command that writes a cloud assembly. */
export type App = { readonly directory: string } | { readonly template: string } | { readonly command: string };

/** Context that the CDK CLI always sets. It makes templates include construct paths and asset paths. */
const CDK_CLI_CONTEXT = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:version-reporting': false,
  'aws:cdk:bundling-stacks': ['**'],
};
/** Makes code that is not bundled run from its source directory. */
const DISABLE_ASSET_STAGING = { 'aws:cdk:disable-asset-staging': true };

/** Exit code of a shell for an unknown command. */
const COMMAND_NOT_FOUND = 127;

/** Determines the app from `--app`, or from `cdk.json` in the working directory. */
export function findApp(app: string | undefined, cwd: string): App {
  const value = app ?? readJson(join(cwd, 'cdk.json'))?.app;
  if (typeof value !== 'string') {
    throw new Error(
      'no app specified: pass --app (a cdk.out directory, a template, or a command), or run in a directory with a cdk.json',
    );
  }
  const path = resolve(cwd, value);
  if (existsSync(path) && statSync(path).isDirectory()) return { directory: path };
  if (existsSync(path) && path.endsWith('.json')) return { template: path };
  return { command: value };
}

/**
 * Synthesizes the app and returns the directory of its cloud assembly. A command runs with the environment variables that the CDK CLI
 * sets, and writes to a new directory in `workDir`. Code that is not bundled stays in its source directory, unless that is gone afterwards.
 * @param options `onOutput` receives each line that the command prints, except lines without visible characters
 */
export async function synthesize(app: Exclude<App, { template: string }>, options: SynthesisOptions): Promise<string> {
  if ('directory' in app) return app.directory;
  const unstaged = await runCommand(app.command, options, { ...CDK_CLI_CONTEXT, ...DISABLE_ASSET_STAGING });
  const assets = await assetsKept(unstaged);
  if (assets.every((path) => existsSync(path))) return unstaged;
  options.onOutput('the command has deleted assets of the app: running it again with copies of them');
  return runCommand(app.command, options, CDK_CLI_CONTEXT);
}

interface SynthesisOptions {
  readonly cwd: string;
  readonly workDir: string;
  readonly onOutput: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Runs the command of the app. Returns the directory of the cloud assembly that it writes. */
async function runCommand(command: string, options: SynthesisOptions, cliContext: object): Promise<string> {
  const { cwd, workDir, onOutput, signal } = options;
  const outdir = mkdtempSync(join(workDir, 'cdk.out-'));
  const context = {
    ...readJson(join(cwd, 'cdk.json'))?.context,
    ...readJson(join(cwd, 'cdk.context.json')),
    ...cliContext,
  };
  const child = spawn(command, {
    cwd,
    shell: true,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      NODE_OPTIONS: keepingAssets(workDir),
      CDK_DEFAULT_ACCOUNT: process.env.CDK_DEFAULT_ACCOUNT ?? DEFAULT_ENVIRONMENT.accountId,
      CDK_DEFAULT_REGION: process.env.CDK_DEFAULT_REGION ?? DEFAULT_ENVIRONMENT.region,
    },
  });
  const printed: string[] = [];
  // line by line: interpreters write a traceback in chunks of a few characters
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      const text = stripVTControlCharacters(line);
      if (!text.trim()) return;
      printed.push(text);
      onOutput(text);
    });
  }
  const kill = (): void => void child.kill();
  process.once('exit', kill);
  const code = await new Promise<number | null>((settle, reject) => {
    child.once('error', reject);
    child.once('close', settle);
  });
  process.off('exit', kill);
  if (code !== 0) {
    const hint = code === COMMAND_NOT_FOUND ? ', which is neither a command nor a directory' : '';
    const summary = errorSummary(printed);
    throw new Error(
      `the app's command failed (exit code ${code}): ${command}${hint}${summary ? `\n  ${summary}` : ''}`,
    );
  }
  if (!existsSync(join(outdir, 'manifest.json'))) {
    throw new Error(`the app's command did not write a cloud assembly to $CDK_OUTDIR: ${command}`);
  }
  return outdir;
}

function readJson(file: string): Record<string, any> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, any>;
  } catch (error) {
    throw new Error(`${file} is not valid JSON: ${(error as Error).message}`);
  }
}

/** Lines that state an error: from Maven, from the CDK in Node.js, and in the common forms `SomeError: …` and `error TS2322: …`. */
const ERROR_LINE =
  /^\[ERROR\] (?!COMPILATION ERROR)|^«\w+» |(?:Error|Exception)$|(?:[Ee]rror|ERROR|Exception)(?: \[?\w+\]?)?:/;

/**
 * Extracts the error from the output of a failed program: the first error line, or the last one of a Python traceback, which ends with the
 * exception that was raised last.
 * @param lines the output, without blank lines and control characters
 * @returns undefined if no line states an error
 */
export function errorSummary(lines: readonly string[]): string | undefined {
  const isError = (line: string) => ERROR_LINE.test(line.trim());
  const at = lines.includes('Traceback (most recent call last):')
    ? lines.findLastIndex(isError)
    : lines.findIndex(isError);
  if (at < 0) return undefined;
  const line = lines[at].trim();
  const next = line.endsWith(':') ? lines[at + 1]?.trim() : undefined;
  return next === undefined ? line : `${line} ${next}`;
}
