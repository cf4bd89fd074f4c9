import { type OutputUnit, type SchemaDraft, Validator } from '@cfworker/json-schema';
import type { JsonObject } from '../../src/private/registration.js';

/** Validators by schema; the catalog keeps a schema's object for as long as it serves it. */
const validators = new WeakMap<JsonObject, Validator>();

const MAX_PROBLEMS = 10;

/** Keywords whose error only says that an error lies deeper. */
const WRAPPERS = new Set([
  '$ref',
  '$dynamicRef',
  '$recursiveRef',
  'properties',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
  'dependentSchemas',
  'allOf',
  'if',
  'items',
  'prefixItems',
  'additionalItems',
  'unevaluatedItems',
]);

/** What is wrong with a value, a line each: the place as a JSON pointer and the rule; empty where nothing is. */
export function schemaProblems(schema: JsonObject, value: unknown): string[] {
  const { valid, errors } = validatorOf(schema).validate(value);
  if (valid) return [];
  const leaves = errors.filter(({ keyword }) => !WRAPPERS.has(keyword));
  const lines = [...new Set((leaves.length > 0 ? leaves : errors).map(lineOf))];
  const rest = lines.length - MAX_PROBLEMS;
  return rest > 0 ? [...lines.slice(0, MAX_PROBLEMS), `and ${rest} more`] : lines;
}

function validatorOf(schema: JsonObject): Validator {
  let validator = validators.get(schema);
  if (!validator) {
    validator = new Validator(schema, draftOf(schema), false);
    validators.set(schema, validator);
  }
  return validator;
}

/** The dialect that a schema declares; 2020-12 is MCP's default. */
function draftOf({ $schema }: JsonObject): SchemaDraft {
  const declared = String($schema ?? '');
  if (/draft-0[67]/.test(declared)) return '7';
  return declared.includes('2019-09') ? '2019-09' : '2020-12';
}

function lineOf({ keyword, instanceLocation, error }: OutputUnit): string {
  const place = instanceLocation.replace(/^#/, '') || '(the whole value)';
  return `${place}: ${keyword === 'false' ? 'Not allowed here.' : error}`;
}
