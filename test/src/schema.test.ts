import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lazy } from 'aws-cdk-lib';
import { afterAll, describe, expect, test } from 'vitest';
import { McpSchema } from '../../src';

const SCHEMA = { type: 'object', properties: { id: { type: 'string', minLength: 3 } }, additionalProperties: false };
const dir = mkdtempSync(join(tmpdir(), 'schema-'));
afterAll(() => rmSync(dir, { recursive: true }));

function file(name: string, content: string): string {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
}

describe('McpSchema creates the same schema', () => {
  test('from an object', () => expect(McpSchema.fromObject(SCHEMA)._render()).toEqual(SCHEMA));
  test('from text', () => expect(McpSchema.fromString(JSON.stringify(SCHEMA))._render()).toEqual(SCHEMA));
  test.each<[string, BufferEncoding, boolean]>([
    ['UTF-8', 'utf8', false],
    ['UTF-16, little-endian', 'utf16le', false],
    ['UTF-16, big-endian', 'utf16le', true],
  ])('from a file with a byte order mark: %s', (name, encoding, swap) => {
    const bytes = Buffer.from(`\uFEFF${JSON.stringify({ ...SCHEMA, title: 'Größe' })}`, encoding);
    writeFileSync(join(dir, `${name}.json`), swap ? bytes.swap16() : bytes);
    expect(McpSchema.fromFile(join(dir, `${name}.json`))._render()).toEqual({ ...SCHEMA, title: 'Größe' });
  });
  test('from text with a byte order mark', () => {
    expect(McpSchema.fromString(`\uFEFF${JSON.stringify(SCHEMA)}`)._render()).toEqual(SCHEMA);
  });
  test('from a file', () => {
    expect(McpSchema.fromFile(file('schema.json', JSON.stringify(SCHEMA)))._render()).toEqual(SCHEMA);
  });
});

describe('McpSchema rejects', () => {
  test('text that is not JSON', () => {
    expect(() => McpSchema.fromString('{')).toThrow(/^McpSchema\.fromString\(\) is not JSON: /);
  });

  test.each([
    ['true', "McpSchema.fromString() contains 'true': expected a JSON object"],
    ['null', "McpSchema.fromString() contains 'null': expected a JSON object"],
    ['[]', 'McpSchema.fromString() contains an array: expected a JSON object'],
  ])('%s', (text, message) => expect(() => McpSchema.fromString(text)).toThrow(message));

  test('text with a token', () => {
    expect(() => McpSchema.fromString(Lazy.string({ produce: () => '{}' }))).toThrow(/must be known at synth/);
  });

  test('a missing file', () => {
    expect(() => McpSchema.fromFile('no/such.json')).toThrow(
      /^cannot read the schema file 'no\/such\.json' \(\/.*ENOENT/,
    );
  });

  test('a file that is not JSON', () => {
    const path = file('broken.json', 'type: object');
    expect(() => McpSchema.fromFile(path)).toThrow(`schema file '${path}' is not JSON`);
  });
});
