import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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

/** How the file with the server changes for {@link atFunctionUrl}: what comes before the line of the README, and the import. */
const EDITS = {
  typescript: {
    file: 'orders-stack.ts',
    after: "serverName: 'orders',",
    imported: 'import { McpEndpoint } from "cdk-mcp-lambda";',
  },
  python: {
    file: 'orders/orders_stack.py',
    after: 'server_name="orders",',
    imported: 'from cdk_mcp_lambda import McpEndpoint',
  },
  java: {
    file: 'src/main/java/com/example/lampshop/OrdersStack.java',
    after: '.serverName("orders")',
    imported: 'import io.github.cdkmcplambda.McpEndpoint;import io.github.cdkmcplambda.McpFunctionUrlOptions;',
  },
} as const;

/** A copy of an example whose server is at a function URL: with the line that its README gives for that. */
export function atFunctionUrl(language: keyof typeof EDITS, { directory, env }: Example): Example {
  const { file, after, imported } = EDITS[language];
  const parent = language === 'typescript' ? resolve('.cache') : tmpdir(); // below this package, which the TypeScript example imports
  const copy = join(mkdtempSync(join(parent, 'example-function-url-')), language);
  cpSync(directory, copy, { recursive: true, filter: isSource });
  const readme = readFileSync(join(copy, 'README.md'), 'utf8');
  const [, line] = /^To serve without API Gateway[^`]*`([^`]+)` to the server\.$/m.exec(readme)!;
  const source = readFileSync(join(copy, file), 'utf8');
  const [packageLine = ''] = /^package .*\n/.exec(source) ?? [];
  const added = language === 'java' ? line : `${line},`;
  const edited = source.slice(packageLine.length).replace(after, `${after} ${added}`);
  writeFileSync(join(copy, file), `${packageLine}${imported}\n${edited}`);
  return { directory: copy, env };
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

const GENERATED = new Set(['cdk.out', 'target', '.venv', '__pycache__']);
const isSource = (path: string) => !GENERATED.has(basename(path));

/** Copies an example without build output and installed packages. */
function copyOf(language: string): string {
  const copy = join(mkdtempSync(join(tmpdir(), 'example-')), language);
  cpSync(join('examples', language), copy, { recursive: true, filter: isSource });
  if (!existsSync(join(copy, 'cdk.json'))) throw new Error(`examples/${language} has no cdk.json`);
  return copy;
}
