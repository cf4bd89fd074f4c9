import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { parseParametersFile } from '../../assembly/parameters.js';
import type { FunctionDefinition } from './function.js';

/** The code that `--function` gives for a function that is not part of the app. */
export type Implementation = Pick<FunctionDefinition, 'handler' | 'runtime' | 'codeDir' | 'isSource' | 'environment'>;

/** Runtimes by the extension of the handler's file. All run on the language that is installed. */
const RUNTIMES: Readonly<Record<string, string>> = {
  '.mjs': 'nodejs22.x',
  '.js': 'nodejs22.x',
  '.cjs': 'nodejs22.x',
  '.py': 'python3.13',
};
const JAVA_RUNTIME = 'java21';
const BOOTSTRAP_RUNTIME = 'provided.al2023';
/** Files of the default handlers, in the order in which they are searched. */
const DEFAULT_HANDLERS: ReadonlyArray<readonly [file: string, handler: string]> = [
  ['index.mjs', 'index.handler'],
  ['index.js', 'index.handler'],
  ['index.cjs', 'index.handler'],
  ['lambda_function.py', 'lambda_function.lambda_handler'],
  ['index.py', 'index.handler'],
];
/** Separates a directory and the handler in it. */
const HANDLER_SEPARATOR = '#';

/**
 * Reads the value of `--function`: a directory with the code of a function, with or without `#<handler>`, or else a command.
 * @param option the option with its value, for error messages
 * @param cwd directory of relative paths and of the command
 * @param commandDir directory with the function that runs commands
 * @throws if the directory has no handler
 */
export function implementationOf(option: string, value: string, cwd: string, commandDir: string): Implementation {
  const at = value.lastIndexOf(HANDLER_SEPARATOR);
  const [path, handler] = at < 0 ? [value, undefined] : [value.slice(0, at), value.slice(at + 1)];
  const codeDir = resolve(cwd, path);
  if (isDirectory(codeDir)) {
    return { ...entryPoint(option, codeDir, handler), codeDir, isSource: true, environment: environmentOf(codeDir) };
  }
  if (/^\.{0,2}\/\S*$/.test(path) && !existsSync(codeDir)) throw new Error(`${option}: ${codeDir} does not exist`);
  return {
    handler: 'command-function.handler',
    runtime: 'nodejs24.x',
    codeDir: commandDir,
    environment: { LOCAL_COMMAND: value, LOCAL_COMMAND_DIRECTORY: cwd },
  };
}

function entryPoint(option: string, codeDir: string, handler: string | undefined) {
  if (handler !== undefined) return { handler, runtime: runtimeOf(codeDir, handler) };
  const [, found] = DEFAULT_HANDLERS.find(([file]) => existsSync(join(codeDir, file))) ?? [];
  if (found) return { handler: found, runtime: runtimeOf(codeDir, found) };
  if (existsSync(join(codeDir, 'bootstrap'))) return { handler: 'bootstrap', runtime: BOOTSTRAP_RUNTIME };
  const files = DEFAULT_HANDLERS.map(([file]) => file).join(', ');
  throw new Error(
    `${option}: ${codeDir} has none of ${files} and bootstrap: name the handler, as in <directory>#src/app.handler`,
  );
}

/** Returns the runtime of a handler: by its file, or Java for the name of a class. */
function runtimeOf(codeDir: string, handler: string): string {
  const module = handler.slice(0, handler.lastIndexOf('.'));
  const paths = [module, module.replaceAll('.', '/')];
  const extension = Object.keys(RUNTIMES).find((each) => paths.some((path) => existsSync(join(codeDir, path + each))));
  if (extension) return RUNTIMES[extension]!;
  return handler.includes('::') || hasClasses(codeDir) ? JAVA_RUNTIME : RUNTIMES['.js']!;
}

function hasClasses(codeDir: string): boolean {
  return readdirSync(codeDir, { recursive: true }).some((file) => ['.class', '.jar'].includes(extname(String(file))));
}

/** Returns the environment variables in the file `.env`. */
function environmentOf(codeDir: string): Record<string, string> {
  const file = join(codeDir, '.env');
  return existsSync(file) ? { ...parseParametersFile(readFileSync(file, 'utf8')) } : {};
}

function isDirectory(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
