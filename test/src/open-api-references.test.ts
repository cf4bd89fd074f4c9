import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { McpOpenApi } from '../../src';
import { toolsOf } from '../../src/private/openapi';

const root = mkdtempSync(join(tmpdir(), 'open-api-'));
const folder = join(root, 'api');
mkdirSync(folder);
afterAll(() => rmSync(root, { recursive: true }));

writeFileSync(join(root, 'secret.json'), '{ "type": "string" }');
writeFileSync(join(folder, 'name.json'), '{ "type": "string" }');
writeFileSync(join(folder, 'broken.yaml'), 'a: 1\na: 2');
symlinkSync(join(root, 'secret.json'), join(folder, 'link.json'));
symlinkSync(root, join(folder, 'up'));
symlinkSync(folder, join(folder, 'same'));

function document($ref: string): string {
  const parameters = [{ name: 'p', in: 'query', schema: { $ref } }];
  return JSON.stringify({ openapi: '3.1.0', paths: { '/a': { get: { operationId: 'a', parameters } } } });
}

function propertiesWith(ref: string): unknown {
  const path = join(folder, 'openapi.json');
  writeFileSync(path, document(ref));
  const settings = { eventType: 'apiGateway', basePath: '', outputSchemas: true } as const;
  const [result] = toolsOf(McpOpenApi.fromFile(path)._documents, ['a'], settings);
  return result!.tool.inputSchema.$defs;
}

describe('a reference to a file', () => {
  test.each(['name.json', './name.json', 'same/name.json', 'name.json#', '../api/name.json', 'n%61me.json'])(
    'reads %s',
    (ref) => {
      expect(propertiesWith(ref)).toEqual({ name: { type: 'string' } });
    },
  );

  test.each([
    ['../../etc/passwd', "is outside the document's folder: only files below it are read"],
    ['../secret.json', "is outside the document's folder: only files below it are read"],
    ['%2e%2e/secret.json', "is outside the document's folder: only files below it are read"],
    ['/etc/passwd', "is outside the document's folder: only files below it are read"],
    ['.', "is outside the document's folder: only files below it are read"],
    ['up/secret.json', "is outside the document's folder: only files below it are read"],
    ['link.json', "is outside the document's folder: only files below it are read"],
    [
      'http://169.254.169.254/latest',
      "is a remote reference, and nothing is fetched at synth: copy it to a file below the document's folder",
    ],
    [
      'https://example.com/a.json',
      "is a remote reference, and nothing is fetched at synth: copy it to a file below the document's folder",
    ],
    [
      '//example.com/a.json',
      "is a remote reference, and nothing is fetched at synth: copy it to a file below the document's folder",
    ],
    [
      'file:///etc/passwd',
      "is a remote reference, and nothing is fetched at synth: copy it to a file below the document's folder",
    ],
  ])('rejects %s', (ref, message) => {
    const name = decodeURIComponent(ref);
    expect(() => propertiesWith(ref)).toThrow(
      `a: openapi.json#/paths/~1a/get/parameters/0/schema/$ref: "${name}" ${message}`,
    );
  });

  test('rejects a missing file, and one that cannot be parsed', () => {
    expect(() => propertiesWith('missing.json')).toThrow(/\$ref: cannot read "missing\.json": ENOENT/);
    expect(() => propertiesWith('broken.yaml')).toThrow(/\$ref: cannot read "broken\.yaml": Map keys must be unique/);
  });

  test('rejects a file for a document from text', () => {
    const { _documents } = McpOpenApi.fromString(document('name.json'));
    expect(() => toolsOf(_documents, ['a'], { eventType: 'apiGateway', basePath: '', outputSchemas: true })).toThrow(
      '"name.json" is a file, which a document from text cannot read: use McpOpenApi.fromFile()',
    );
  });
});
