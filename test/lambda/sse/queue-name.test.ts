import { expect, test } from 'vitest';
import { queueCreatedAt, queueName } from '../../../lambda/sse/queue-name.js';

const SERVER = 'mcp-0123abcd-4567cdef';
const NOW = Date.UTC(2026, 10, 22, 8, 0, 0);

test('a queue name is within SQS’s rules and never the same twice', () => {
  const name = queueName(SERVER, NOW);
  expect(name).toMatch(/^mcp-0123abcd-4567cdef-[0-9a-z]+-[0-9a-z]+\.fifo$/);
  expect(name.length).toBeLessThanOrEqual(80);
  expect(queueName(SERVER, NOW)).not.toBe(name);
});

test('the time of making is read back from name or URL', () => {
  const name = queueName(SERVER, NOW);
  expect(queueCreatedAt(SERVER, name)).toBe(NOW);
  expect(queueCreatedAt(SERVER, `https://sqs.eu-west-1.amazonaws.com/123456789012/${name}`)).toBe(NOW);
});

test.each([
  ['another server’s', queueName('mcp-0123abcd-00000000', NOW)],
  ['one named by hand', `${SERVER}-by-hand.fifo`],
  ['a standard queue', queueName(SERVER, NOW).replace('.fifo', '')],
])('%s is not a session queue', (_, name) => {
  expect(queueCreatedAt(SERVER, name)).toBeUndefined();
});
