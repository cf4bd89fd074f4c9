import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GET_CLIENT } from '../../local/services/lambda/runtimes/java.js';
import { inlineCode, pages, readPage } from '../../scripts/docs/markdown.mjs';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
const { tasks } = JSON.parse(readFileSync('.projen/tasks.json', 'utf8'));

/** The options of each `mcp-lambda` command, from its help text. */
const cli = (...args: string[]) =>
  execFileSync(process.execPath, ['assets/cli/index.mjs', ...args, '--help'], { encoding: 'utf8' });
const options = (command: string) => new Set(cli(command).match(/(?<=[ ,])--?[a-z][\w-]*/g));
const commands = new Map(
  [...cli().matchAll(/^ {2}([a-z]+) /gm)]
    .map(([, command]) => command)
    .filter((command) => command !== 'help')
    .map((command) => [command, options(command)]),
);

/** All commands in a page, one per line. */
function commandLines(file: string): readonly string[] {
  const page = readPage(file);
  return [...page.blocks.map(({ text }) => text.replace(/\\\n\s*/g, ' ')), ...inlineCode(page).map(({ text }) => text)]
    .join('\n')
    .split(/\n|&&|;|\|/)
    .map((line) => line.replace(/(^|\s)#.*/, '').trim());
}

function problems(line: string): string[] {
  const found: string[] = [];
  const [, script] = /\bnpm run (?:--?\w+ )*([\w:-]+)/.exec(line) ?? [];
  if (script && !scripts[script]) found.push(`unknown npm script '${script}'`);
  const [, plain] = /\bnpm (test|start)\b/.exec(line) ?? [];
  if (plain && !scripts[plain]) found.push(`unknown npm script '${plain}'`);
  const [, task] = /\bnpx projen ([\w:-]+)/.exec(line) ?? [];
  if (task && !tasks[task]) found.push(`unknown projen task '${task}'`);

  const [, forwarded] = /\bnpm start -- (.*)/.exec(line) ?? [];
  const [, command, rest] = /(?:^|\s|\/)mcp-lambda ([a-z]+)\b(.*)/.exec(line) ?? [];
  if (command && !commands.has(command)) found.push(`unknown command 'mcp-lambda ${command}'`);
  const known = commands.get(forwarded === undefined ? (command ?? '') : 'local');
  for (const [option] of (forwarded ?? rest ?? '').matchAll(/(?<=\s|^)--?[a-z][\w-]*/g)) {
    if (known && !known.has(option)) found.push(`unknown option '${option}' of 'mcp-lambda ${command ?? 'local'}'`);
  }
  if (/\bnpx (-\w+ )*mcp-lambda\b/.test(line))
    found.push("'mcp-lambda' on npm is another package: use npx -p cdk-mcp-lambda mcp-lambda");
  if (line.startsWith('mvn dependency:get') && line !== GET_CLIENT)
    found.push(`differs from the runner's message '${GET_CLIENT}'`);
  return found;
}

test.each(pages().filter((file) => file !== 'CHANGELOG.md'))('%s names commands and options that exist', (file) => {
  expect(commandLines(file).flatMap(problems)).toEqual([]);
});

test('reports unknown commands and options', () => {
  expect([...commands.keys()].sort()).toEqual(expect.arrayContaining(['connect', 'local', 'notify']));
  expect(problems('npm run tset')).not.toEqual([]);
  expect(problems('npx projen biuld')).not.toEqual([]);
  expect(problems('npx -p cdk-mcp-lambda mcp-lambda loco')).not.toEqual([]);
  expect(problems('mcp-lambda local --warch')).not.toEqual([]);
  expect(problems('npm start -- --warch')).not.toEqual([]);
  expect(problems('npx -y mcp-lambda local')).not.toEqual([]);
  expect(problems(GET_CLIENT.replace('2.', '1.'))).not.toEqual([]);
  expect(problems(GET_CLIENT)).toEqual([]);
  expect(problems('npm start -- --watch')).toEqual([]);
  expect(problems('npx -p cdk-mcp-lambda mcp-lambda local -p 0 --app "node app.js"')).toEqual([]);
});
