import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Documents, toolsOf } from '../../../src/private/openapi';
import { parseText } from '../../../src/private/openapi/parser';

const FOLDER = 'test/src/open-api';
const SETTINGS = { eventType: 'apiGateway', basePath: '', outputSchemas: true } as const;

/** The tool of one operation, and what it lacks. */
export function converted(content: unknown, operation: string) {
  const [result] = toolsOf(new Documents(content, ''), [operation], SETTINGS);
  return { ...result!.tool, warnings: result!.warnings };
}

export function fromFile(file: string, operation: string) {
  const documents = new Documents(
    parseText(readFileSync(`${FOLDER}/${file}`, 'utf8')),
    basename(file),
    resolve(dirname(`${FOLDER}/${file}`)),
  );
  const [result] = toolsOf(documents, [operation], SETTINGS);
  return { ...result!.tool, warnings: result!.warnings };
}

/** A document of one operation. */
export function document(operation: object, options: { [key: string]: any } = {}) {
  const { version = '3.1.0', path = '/a', method = 'get', ...rest } = options;
  return { openapi: version, paths: { [path]: { [method]: { operationId: 'it', ...operation } } }, ...rest };
}
