import { expect, test } from 'vitest';
import { seal, unseal } from '../../../lambda/functions/seal.js';
import { ProcessKeys } from '../../../lambda/functions/sealing-keys.js';

const keys = new ProcessKeys();
const binding = ['ann', 'tool-t', { b: 1, a: [{ d: 1, c: 2 }] }];
const state = { round: 2, state: 'secret state' };

test('unseals a sealed state, which is not readable', async () => {
  const sealed = await seal(state, binding, keys);
  const bytes = Buffer.from(sealed.split('.')[1]!, 'base64url');
  expect(bytes.includes('secret state')).toBe(false);
  expect(await unseal(sealed, binding, keys)).toEqual(state);
  expect(await unseal(await seal({ round: 1 }, binding, keys), binding, keys)).toEqual({ round: 1 });
});

test('ignores the order of the keys of a binding', async () => {
  const sealed = await seal(state, binding, keys);
  expect(await unseal(sealed, ['ann', 'tool-t', { a: [{ c: 2, d: 1 }], b: 1 }], keys)).toEqual(state);
});

test.each([
  ['another caller', ['bob', ...binding.slice(1)]],
  ['no caller', [null, ...binding.slice(1)]],
  ['another registration', ['ann', 'tool-u', binding[2]]],
  ['other arguments', ['ann', 'tool-t', { b: 2, a: [{ d: 1, c: 2 }] }]],
])('does not unseal for %s', async (_, other) => {
  expect(await unseal(await seal(state, binding, keys), other, keys)).toBeUndefined();
});

test('does not unseal after ten minutes', async () => {
  const now = Date.now();
  const sealed = await seal(state, binding, keys, now);
  expect(await unseal(sealed, binding, keys, now + 600_000)).toEqual(state);
  expect(await unseal(sealed, binding, keys, now + 600_001)).toBeUndefined();
});

test('does not unseal after the change of a single bit', async () => {
  const [id, text] = (await seal(state, binding, keys)).split('.') as [string, string];
  const bytes = Buffer.from(text, 'base64url');
  for (const index of [0, 11, 12, bytes.length - 17, bytes.length - 16, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[index]! ^= 1;
    expect(await unseal(`${id}.${changed.toString('base64url')}`, binding, keys)).toBeUndefined();
  }
});

test('does not unseal with more characters, of which decoders ignore some', async () => {
  for (const length of [0, 1, 2]) {
    const sealed = await seal({ round: 1, state: 'x'.repeat(length) }, binding, keys);
    for (const added of ['A', 'AA', 'AAA']) expect(await unseal(sealed + added, binding, keys)).toBeUndefined();
  }
});

test.each(['', '.', 'process', 'process.', 'process.abc', 'other.abcdef', 'process.a.b', 'x'.repeat(100_000)])(
  'does not unseal %.20s',
  async (text) => {
    expect(await unseal(text, binding, keys)).toBeUndefined();
  },
);

test('does not unseal with another key', async () => {
  expect(await unseal(await seal(state, binding, keys), binding, new ProcessKeys())).toBeUndefined();
});
