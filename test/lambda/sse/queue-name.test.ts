import { expect, test } from 'vitest';
import { queueCreatedAt, queueName } from '../../../lambda/sse/queue-name.js';

const SERVER = 'mcp-0123abcd-4567cdef';
const NOW = Date.UTC(2026, 10, 22, 8, 0, 0);

test('creates unique names that SQS accepts', () => {
  const name = queueName(SERVER, NOW);
  expect(name).toMatch(/^mcp-0123abcd-4567cdef-[0-9a-z]+-[0-9a-z]+\.fifo$/);
  expect(name.length).toBeLessThanOrEqual(80);
  expect(queueName(SERVER, NOW)).not.toBe(name);
});

test('reads the creation time from a name or URL', () => {
  const name = queueName(SERVER, NOW);
  expect(queueCreatedAt(SERVER, name)).toBe(NOW);
  expect(queueCreatedAt(SERVER, `https://sqs.eu-west-1.amazonaws.com/123456789012/${name}`)).toBe(NOW);
});

test.each([
  ['a queue of another server', queueName('mcp-0123abcd-00000000', NOW)],
  ['a queue created by hand', `${SERVER}-by-hand.fifo`],
  ['a standard queue', queueName(SERVER, NOW).replace('.fifo', '')],
])('returns no creation time for %s', (_, name) => {
  expect(queueCreatedAt(SERVER, name)).toBeUndefined();
});
