import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { downloadRuntimeClient, LOCAL_REPOSITORY, useBuiltPackage } from './maven';
import { packages } from './packages';
import { venv } from './venv';

const run = promisify(execFile);

/** The example in one language, ready to be synthesised. */
export interface Example {
  /** Folder of the app. */
  readonly directory: string;
  /** Environment variables for the app. */
  readonly env: NodeJS.ProcessEnv;
}

/** The TypeScript example in place, because it imports this package. */
export function typescriptExample(): Example {
  return { directory: resolve('examples/typescript'), env: {} };
}

/** A copy of the Python example with a virtual environment that has the new wheel. */
export function pythonExample(): Example {
  const requirements = ['requirements.txt', 'requirements-dev.txt'].map((file) => join('examples/python', file));
  const bin = venv('example-python', ...requirements, packages.wheel());
  return {
    directory: copyOf('python'),
    env: { VIRTUAL_ENV: dirname(bin), PATH: `${bin}${delimiter}${process.env.PATH}` },
  };
}

/** A copy of the Java example configured to use the new jar. */
export function javaExample(): Example {
  const directory = copyOf('java');
  useBuiltPackage(directory);
  downloadRuntimeClient();
  return { directory, env: { MAVEN_OPTS: `-Dmaven.repo.local=${LOCAL_REPOSITORY}` } };
}

/** Runs `cdk synth`. Returns the folder of the cloud assembly. */
export async function synthesise({ directory, env }: Example): Promise<string> {
  const output = mkdtempSync(join(tmpdir(), `${basename(directory)}-`));
  const cli = resolve('node_modules/aws-cdk/bin/cdk');
  const options = ['--output', output, '--quiet', '--no-notices', '--no-version-reporting'];
  await run(process.execPath, [cli, 'synth', ...options], {
    cwd: directory,
    env: { ...process.env, ...env, CDK_DISABLE_CLI_TELEMETRY: 'true', AWS_EC2_METADATA_DISABLED: 'true' },
    maxBuffer: 16 * 1024 * 1024,
  });
  return output;
}

/** Copies an example without build output and installed packages. */
function copyOf(language: string): string {
  const copy = join(mkdtempSync(join(tmpdir(), 'example-')), language);
  const excluded = new Set(['cdk.out', 'target', '.venv', '__pycache__']);
  cpSync(join('examples', language), copy, { recursive: true, filter: (path) => !excluded.has(basename(path)) });
  if (!existsSync(join(copy, 'cdk.json'))) throw new Error(`examples/${language} has no cdk.json`);
  return copy;
}
