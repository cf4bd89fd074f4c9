import { expect, test } from 'vitest';
import { nonJsonNumbers, parseExternal } from '../../../lambda/shared/exact-json.js';
import { JsonTooDeep } from '../../../lambda/shared/json-depth.js';

const arrays = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

test.each([
  ['arrays', arrays(64)],
  ['objects', objects(64)],
  ['many values side by side', `[${Array(1_000).fill('[[{}]]').join()}]`],
  ['brackets in strings', JSON.stringify(['['.repeat(100), '"['.repeat(100), '\\"{'.repeat(100), '\\'])],
])('reads %s', (_, text) => {
  expect(parseExternal(text)).toEqual(JSON.parse(text));
});

test.each([
  ['arrays', arrays(65)],
  ['objects', objects(65)],
  ['both', arrays(40).replace('[]', `[${objects(40)}]`)],
  ['thousands of levels', arrays(200_000)],
  ['brackets after a string with quotes', `["\\"", "\\\\", ${arrays(65)}]`],
])('rejects %s that are nested too deeply', (_, text) => {
  expect(() => parseExternal(text)).toThrow(JsonTooDeep);
  expect(() => parseExternal(text)).toThrow('is nested more than 64 levels deep');
});

test('finds numbers that are not JSON in time proportional to the text', () => {
  expect(nonJsonNumbers(`"${'\\"'.repeat(500_000)}`)).toEqual([]);
  expect(nonJsonNumbers('{"a":NaN,"b":"NaN \\" Infinity","c":-Infinity}')).toEqual(['NaN', '-Infinity']);
});
