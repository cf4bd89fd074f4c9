import { readFileSync } from 'node:fs';
import { Validator } from '@cfworker/json-schema';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseFaults } from '../../../local/services/faults/file.js';

const problems = (file: unknown): string[] => {
  try {
    parseFaults(JSON.stringify(file));
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
};

describe('parseFaults', () => {
  it('fills in the defaults', () => {
    const { seed, faults } = parseFaults('{"faults":[{"type":"reset","service":"sqs","operation":["SendMessage"]}]}');
    expect(seed).toBe(1);
    expect(faults).toEqual([
      expect.objectContaining({
        type: 'reset',
        service: ['sqs'],
        operation: ['SendMessage'],
        share: 1,
        times: Number.POSITIVE_INFINITY,
        when: 'before',
      }),
    ]);
  });

  it.each<[string, unknown, string[]]>([
    ['another value', [], ['/: must be an object with faults']],
    ['no faults', {}, ['/faults: must be an array of faults']],
    [
      'an unknown kind',
      { faults: [{ type: 'explode', service: 'sqs' }] },
      ['/faults/0/type: "explode" must be one of throttle, error, delay, reset, noAnswer, duplicate'],
    ],
    [
      'a property of another kind',
      { faults: [{ type: 'throttle', service: 'sqs', when: 'after' }] },
      [
        '/faults/0/when: unknown property; the properties of throttle are type, service, operation, caller, function, share, times',
      ],
    ],
    [
      'no selection',
      { faults: [{ type: 'reset' }] },
      ['/faults/0: must have either service, for AWS calls, or function, for invocations'],
    ],
    [
      'an operation of an invocation',
      { faults: [{ type: 'reset', function: '*', operation: 'Invoke' }] },
      ['/faults/0/operation: applies to AWS calls: use service instead of function'],
    ],
    [
      'several problems',
      { seed: -1, faults: [{ type: 'delay', service: 's3', share: 2, times: 0 }] },
      [
        '/seed: -1 must be a whole number from 0 to 4294967295',
        '/faults/0/share: 2 must be above 0 and at most 1',
        '/faults/0/times: 0 must be a whole number of at least 1',
        '/faults/0: must have milliseconds',
      ],
    ],
    [
      'an unknown property with a slash',
      { 'a/b': 1, faults: [] },
      ['/a~1b: unknown property; the properties are $schema, seed, faults'],
    ],
  ])('rejects %s', (_, file, expected) => {
    expect(problems(file)).toEqual(expected);
  });

  it('rejects text that is not JSON', () => {
    expect(() => parseFaults('{')).toThrow(/^not valid JSON: /);
  });
});

test('the JSON Schema accepts the files that the runner accepts', () => {
  const schema = JSON.parse(readFileSync('docs/reference/faults.schema.json', 'utf8'));
  const validator = new Validator(schema, '2020-12');
  const some = (...values: unknown[]) =>
    fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...values) });
  const fault = fc
    .record({
      type: fc.constantFrom('throttle', 'error', 'delay', 'reset', 'noAnswer', 'duplicate', 'none'),
      service: fc.constantFrom(undefined, 'dynamodb', ['sqs', 's3'], '', []),
      function: some('*/Lookup', ['a'], 1),
      operation: some('PutItem', ['a', 'b'], [1]),
      caller: some('*/HttpFunction'),
      share: some(0.1, 1, 0, 1.1, '1'),
      times: some(1, 0, 1.5),
      when: some('before', 'after', 'during'),
      milliseconds: fc.constantFrom(undefined, 1, 900_000, 0, 900_001),
      code: some('InternalServerError', 'a b'),
      status: some(503, 200),
      message: some('m', 1),
    })
    .map((value) => JSON.parse(JSON.stringify(value)) as object);
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 1 }), some(0, 5, -1), (faults, seed) => {
      const file = JSON.parse(JSON.stringify({ seed, faults }));
      const valid = problems(file).length === 0;
      if (valid && faults.length > 0) accepted += 1;
      expect(validator.validate(file).valid).toBe(valid);
    }),
    { numRuns: 5_000, seed: 1 },
  );
  expect(accepted).toBeGreaterThan(50);
});
