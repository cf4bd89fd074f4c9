/**
 * Schema keywords of OpenAPI 3.0 in the terms of JSON Schema 2020-12. Documents of version 3.1 still use some of them, so that
 * they are converted there, too.
 */
import { isObject } from '../validation/checks';

type Schema = { [key: string]: unknown };

/** Keywords that describe a value without restricting it. */
export const ANNOTATIONS: readonly string[] = [
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
];

/** Keywords of one schema, its subschemas untouched. `nullable` stays, for it may need another schema around this one. */
export function modernised({ example, exclusiveMinimum, exclusiveMaximum, ...schema }: Schema): Schema {
  const result = { ...schema };
  if (example !== undefined && result.examples === undefined) result.examples = [example];
  exclusive(result, 'minimum', 'exclusiveMinimum', exclusiveMinimum);
  exclusive(result, 'maximum', 'exclusiveMaximum', exclusiveMaximum);
  if (result.type === 'string' && result.format === 'byte') result.contentEncoding ??= 'base64';
  return result;
}

function exclusive(schema: Schema, bound: string, keyword: string, value: unknown): void {
  if (value === undefined || value === false) return;
  if (value !== true) schema[keyword] = value;
  else if (schema[bound] !== undefined) {
    schema[keyword] = schema[bound];
    delete schema[bound];
  }
}

/** A converted schema that allows null as well. */
export function nullable(schema: Schema): Schema {
  const { type } = schema;
  const applies = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not'].some((keyword) => keyword in schema);
  if (!applies && type === undefined && schema.enum === undefined) return schema;
  if (applies) {
    const annotations = Object.entries(schema).filter(([keyword]) => ANNOTATIONS.includes(keyword));
    const rules = Object.entries(schema).filter(([keyword]) => !ANNOTATIONS.includes(keyword));
    return { ...Object.fromEntries(annotations), anyOf: [Object.fromEntries(rules), { type: 'null' }] };
  }
  const types = type === undefined ? undefined : [...new Set([type, 'null'].flat())];
  const values = Array.isArray(schema.enum) && !schema.enum.includes(null) ? [...schema.enum, null] : schema.enum;
  return { ...schema, ...(types && { type: types }), ...(values !== undefined && { enum: values }) };
}

/** A pattern for JavaScript's flag `u`, which forbids needless escapes such as `\-` and `\_`; other patterns as they are. */
export function unicodePattern(pattern: unknown): unknown {
  if (typeof pattern !== 'string' || isRegExp(pattern, 'u') || !isRegExp(pattern, '')) return pattern;
  let inClass = false;
  const repaired = pattern.replace(/\\(.)|[[\]]/gs, (text, escaped?: string) => {
    if (escaped === undefined) {
      inClass = text === '[' || (inClass && text !== ']');
      return text;
    }
    const needed = /[A-Za-z0-9^$\\.*+?()[\]{}|/]/.test(escaped) || (escaped === '-' && inClass);
    return needed ? text : escaped;
  });
  return isRegExp(repaired, 'u') ? repaired : pattern;
}

function isRegExp(pattern: string, flags: string): boolean {
  try {
    new RegExp(pattern, flags);
    return true;
  } catch {
    return false;
  }
}

/** Whether a value is a schema that says `nullable`. */
export function isNullable(schema: unknown): boolean {
  return isObject(schema) && schema.nullable === true;
}
