import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

/** Returns the class path of a Maven project. Downloads missing dependencies. */
export function classPath(project: string): string {
  const pom = join(project, 'pom.xml');
  const file = resolve('.cache', 'maven', createHash('sha256').update(readFileSync(pom)).digest('hex'));
  const cached = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (cached?.split(delimiter).every((jar) => existsSync(jar))) return cached;
  mkdirSync(resolve('.cache', 'maven'), { recursive: true });
  const output = `${file}.txt`;
  run('mvn', '--batch-mode', '--quiet', '--file', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${output}`);
  const found = readFileSync(output, 'utf8').trim();
  writeFileSync(file, found);
  return found;
}

/** Compiles a Maven project. Returns the folder of the classes. */
export function compile(project: string): string {
  const sources = join(project, 'src', 'main', 'java');
  const classes = mkdtempSync(join(tmpdir(), 'classes-'));
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.java'));
  run(
    'javac',
    '--release',
    '17',
    '-encoding',
    'UTF-8',
    '-cp',
    classPath(project),
    '-d',
    classes,
    ...files.map((name) => join(sources, name)),
  );
  return classes;
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}
