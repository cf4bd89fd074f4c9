import { afterEach, expect, test } from 'vitest';
import { jsonEnv, numberEnv, optionalEnv, requireEnv } from '../../../lambda/shared/env.js';

afterEach(() => {
  delete process.env.MCP_TEST;
});

test('reports a missing variable by name, or returns the fallback', () => {
  expect(() => requireEnv('MCP_TEST')).toThrow(/MCP_TEST is not set/);
  expect(optionalEnv('MCP_TEST')).toBeUndefined();
  expect(jsonEnv('MCP_TEST', [1])).toEqual([1]);
  expect(numberEnv('MCP_TEST', 7)).toBe(7);
});

test('reports a malformed variable by name', () => {
  process.env.MCP_TEST = '{';
  expect(() => jsonEnv('MCP_TEST', null)).toThrow(/MCP_TEST is not valid JSON/);
  expect(() => numberEnv('MCP_TEST', 0)).toThrow(/MCP_TEST is not a number: {/);
});
