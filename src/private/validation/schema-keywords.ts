/** Keywords of JSON Schema 2020-12, and those of draft-07 with the same meaning, with the types of their values. */
import { boolean, type Check, child, distinct, has, isObject, listOf, matching, oneOf, show } from './checks';
import { pattern } from './pattern';

const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

/** Keywords whose value is one schema. */
export const SCHEMA = [
  'items',
  'contains',
  'additionalItems',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contentSchema',
  'not',
  'if',
  'then',
  'else',
];
/** Keywords whose value is an array of schemas. */
export const SCHEMA_ARRAY = ['prefixItems', 'allOf', 'anyOf', 'oneOf'];
/** Keywords whose value is an object of schemas. */
export const SCHEMA_MAP = ['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'];
/** Keywords whose subschemas apply to the same value as the schema that contains them. */
const IN_PLACE = ['not', 'if', 'then', 'else', 'allOf', 'anyOf', 'oneOf', 'dependentSchemas'];

/** Reference keywords. References must be local to the schema. */
export const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef'];

/** A schema that another schema contains. */
interface Subschema {
  readonly schema: unknown;
  /** JSON pointer from the containing schema. */
  readonly pointer: string;
  readonly keyword: string;
  /** Whether it applies to the same value as the containing schema. */
  readonly inPlace: boolean;
}

/** Direct subschemas of a schema. Skips keywords whose values have the wrong type. */
export function subschemas(schema: { [key: string]: unknown }): Subschema[] {
  const found: Subschema[] = [];
  const add = (keyword: string, pointer: string, each: unknown) =>
    found.push({ schema: each, pointer, keyword, inPlace: IN_PLACE.includes(keyword) });
  for (const [keyword, value] of Object.entries(schema)) {
    const pointer = child('', keyword);
    if (SCHEMA.includes(keyword) && !Array.isArray(value)) add(keyword, pointer, value);
    else if (SCHEMA_ARRAY.includes(keyword) && Array.isArray(value)) {
      value.forEach((each, index) => {
        add(keyword, child(pointer, index), each);
      });
    } else if (SCHEMA_MAP.includes(keyword) && isObject(value)) {
      for (const [key, each] of Object.entries(value)) add(keyword, child(pointer, key), each);
    }
  }
  return found;
}

/** Whether JSON Schema defines a keyword. */
export function isKeyword(keyword: string): boolean {
  return (
    has(VALUES, keyword) ||
    [...SCHEMA, ...SCHEMA_ARRAY, ...SCHEMA_MAP].includes(keyword) ||
    FREE_VALUES.includes(keyword)
  );
}

const string: Check = (value, path, report) => {
  if (typeof value !== 'string') report(path, `must be a string; got ${show(value)}`);
};
const number: Check = (value, path, report) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) report(path, `must be a number; got ${show(value)}`);
};
const count: Check = (value, path, report) => {
  if (!Number.isInteger(value) || (value as number) < 0)
    report(path, `must be a whole number, 0 or more; got ${show(value)}`);
};
const names = distinct(listOf(string, 1000));
const schemas: Check = (value, path, report) => {
  if (!Array.isArray(value) || value.length === 0)
    report(path, `must be an array of schemas, at least one; got ${show(value)}`);
};
const schemaMap: Check = (value, path, report) => {
  if (!isObject(value)) report(path, `must be an object of schemas; got ${show(value)}`);
};

/** Type checks for keywords whose value is not a single schema. */
export const VALUES: { readonly [keyword: string]: Check } = {
  $schema: (value, path, report) => {
    const dialects = /^https?:\/\/json-schema\.org\/(?:draft\/2020-12|draft\/2019-09|draft-07)\/schema#?$/;
    if (typeof value !== 'string' || !dialects.test(value)) {
      report(
        path,
        `${show(value)} is not supported: use "https://json-schema.org/draft/2020-12/schema", 2019-09 or draft-07`,
      );
    }
  },
  $comment: string,
  $anchor: matching(/^[A-Za-z_][A-Za-z0-9._-]*$/, 'a letter or _, then letters, digits, . _ or -'),
  $dynamicAnchor: matching(/^[A-Za-z_][A-Za-z0-9._-]*$/, 'a letter or _, then letters, digits, . _ or -'),
  $recursiveAnchor: boolean,
  title: string,
  description: string,
  deprecated: boolean,
  readOnly: boolean,
  writeOnly: boolean,
  format: string,
  contentEncoding: string,
  contentMediaType: string,
  type: (value, path, report) => {
    if (!Array.isArray(value)) return oneOf(...TYPES)(value, path, report);
    if (value.length === 0) report(path, 'must name at least one type');
    return distinct(listOf(oneOf(...TYPES), TYPES.length))(value, path, report);
  },
  enum: (value, path, report) => {
    if (!Array.isArray(value) || value.length === 0)
      report(path, `must be an array of values, at least one; got ${show(value)}`);
  },
  examples: (value, path, report) => {
    if (!Array.isArray(value)) report(path, `must be an array; got ${show(value)}`);
  },
  multipleOf: (value, path, report) => {
    if (typeof value !== 'number' || !(value > 0)) report(path, `must be a number greater than 0; got ${show(value)}`);
  },
  maximum: number,
  exclusiveMaximum: number,
  minimum: number,
  exclusiveMinimum: number,
  maxLength: count,
  minLength: count,
  maxItems: count,
  minItems: count,
  maxContains: count,
  minContains: count,
  maxProperties: count,
  minProperties: count,
  uniqueItems: boolean,
  pattern,
  required: (value, path, report) => {
    if (typeof value !== 'boolean') return names(value, path, report);
    return report(path, `must be an array of names, in the schema that has the properties; got ${value}`);
  },
  dependentRequired: (value, path, report) => {
    schemaMap(value, path, report);
    if (isObject(value)) for (const [key, each] of Object.entries(value)) names(each, child(path, key), report);
  },
  items: (value, path, report) => {
    if (Array.isArray(value)) report(path, 'must be a schema: use prefixItems for an array of schemas');
  },
  dependencies: (_value, path, report) =>
    report(path, 'is not a keyword of JSON Schema 2020-12: use dependentSchemas or dependentRequired'),
  prefixItems: schemas,
  allOf: schemas,
  anyOf: schemas,
  oneOf: schemas,
  properties: schemaMap,
  patternProperties: (value, path, report) => {
    schemaMap(value, path, report);
    if (isObject(value)) for (const key of Object.keys(value)) pattern(key, child(path, key), report);
  },
  dependentSchemas: schemaMap,
  $defs: schemaMap,
  definitions: schemaMap,
};

/** Keywords with any value, and keywords that `json-schema.ts` checks. */
const FREE_VALUES = ['const', 'default', '$id', 'id', '$vocabulary', ...REFERENCES];
