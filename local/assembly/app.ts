import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { DEFAULT_ENVIRONMENT } from '../environment.js';
import { reasonIn } from './reason.js';

/** An app as `--app` names it: a cloud assembly or a template that is there, or a command that writes a cloud assembly. */
export type App = { readonly directory: string } | { readonly template: string } | { readonly command: string };

/** Context that the CDK command line always sets, so that templates say where things come from. */
const CLI_CONTEXT = {
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:version-reporting': false,
  'aws:cdk:bundling-stacks': ['**'],
};

/** Exit code of a shell that does not know a command. */
const NOT_FOUND = 127;

/** What `--app`, or else the working directory's cdk.json, names. */
export function findApp(app: string | undefined, cwd: string): App {
  const named = app ?? readJson(join(cwd, 'cdk.json'))?.app;
  if (typeof named !== 'string') {
    throw new Error(
      'there is no app: name one with --app (a cdk.out directory, a template, or a command), or run where cdk.json is',
    );
  }
  const path = resolve(cwd, named);
  if (existsSync(path) && statSync(path).isDirectory()) return { directory: path };
  if (existsSync(path) && path.endsWith('.json')) return { template: path };
  return { command: named };
}

/**
 * The directory of the app's cloud assembly. A command is run with the environment that the CDK command line gives it, and writes to
 * a new directory below `workDir`.
 * @param onOutput takes a line that the command prints; blank ones and those of control characters alone are left out
 */
export async function synthesise(
  app: Exclude<App, { template: string }>,
  options: { cwd: string; workDir: string; onOutput: (text: string) => void; signal?: AbortSignal },
): Promise<string> {
  if ('directory' in app) return app.directory;
  const { cwd, workDir, onOutput, signal } = options;
  const outdir = mkdtempSync(join(workDir, 'cdk.out-'));
  const context = {
    ...readJson(join(cwd, 'cdk.json'))?.context,
    ...readJson(join(cwd, 'cdk.context.json')),
    ...CLI_CONTEXT,
  };
  const child = spawn(app.command, {
    cwd,
    shell: true,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_DEFAULT_ACCOUNT: process.env.CDK_DEFAULT_ACCOUNT ?? DEFAULT_ENVIRONMENT.accountId,
      CDK_DEFAULT_REGION: process.env.CDK_DEFAULT_REGION ?? DEFAULT_ENVIRONMENT.region,
    },
  });
  const printed: string[] = [];
  // by lines: interpreters write a traceback in pieces of a few characters
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      const text = stripVTControlCharacters(line);
      if (!text.trim()) return;
      printed.push(text);
      onOutput(line);
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
    const hint = code === NOT_FOUND ? ', which is no directory either' : '';
    const reason = reasonIn(printed);
    throw new Error(
      `the app's command failed (exit code ${code}): ${app.command}${hint}${reason ? `\n  ${reason}` : ''}`,
    );
  }
  if (!existsSync(join(outdir, 'manifest.json'))) {
    throw new Error(`the app's command wrote no cloud assembly to $CDK_OUTDIR: ${app.command}`);
  }
  return outdir;
}

function readJson(file: string): Record<string, any> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, any>;
  } catch (error) {
    throw new Error(`${file} has to be JSON: ${(error as Error).message}`);
  }
}
