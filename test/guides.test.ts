/** Checks the log messages, metrics and responses that the guides quote. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRICS } from '../src/private/contract';

const read = (...path: string[]) => readFileSync(join(import.meta.dirname, '..', ...path), 'utf8');
const operate = read('docs', 'guides', 'operate.md');
const handlers = readdirSync(join(import.meta.dirname, '..', 'lambda'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => read('lambda', file))
  .join('\n');

test('operate.md lists every metric', () => {
  const { NAMESPACE, DIMENSION_SERVER, DIMENSION_TOOL, ...metrics } = METRICS;
  const table = operate
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .join('\n');
  for (const name of Object.values(metrics)) expect(table).toContain(`\`${name}\``);
  for (const name of [NAMESPACE, DIMENSION_SERVER, DIMENSION_TOOL]) expect(operate).toContain(`\`${name}\``);
});

test('the functions log the messages that its queries match', () => {
  const quoted = [...operate.matchAll(/message = "([^"]+)"/g)].map(([, message]) => message);
  expect(quoted.length).toBeGreaterThan(1);
  for (const message of quoted) expect(handlers).toContain(`'${message}'`);
});

test.each([
  ['operate.md', 'origin not allowed'],
  ['operate.md', 'session not found'],
  ['operate.md', 'too many calls at once'],
  ['operate.md', 'too many open sessions'],
  ['operate.md', 'the function cannot be invoked ('],
  ['operate.md', 'is declared by CloudFormation'],
  ['operate.md', 'already exists'],
  ['operate.md', 'is being changed'],
  ['operate.md', 'was registered through the Registration API'],
  ['operate.md', 'belongs to resource '],
  ['existing-lambda.md', 'the function cannot be invoked ('],
  ['existing-lambda.md', 'too many calls at once'],
  ['write-a-tool.md', 'the response does not match the tool'],
  ['migrate-from-sam.md', 'its owner must add'],
])('%s quotes an existing response: %s', (guide, text) => {
  expect(read('docs', 'guides', guide)).toContain(text);
  expect(handlers).toContain(text);
});
