import { type OutputUnit, type SchemaDraft, Validator } from '@cfworker/json-schema';
import type { JsonObject } from '../../src/private/registration.js';
import { plainTwin } from '../shared/exact-json.js';

/** Validators by schema object. The catalog keeps the object of a schema while it serves the schema. */
const validators = new WeakMap<JsonObject, Validator>();

const MAX_PROBLEMS = 10;
/** Names the whole value: its JSON pointer is empty. */
export const ROOT = '(root)';

/** Keywords whose errors only report that a nested value is invalid. */
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

/** Validates a value. Returns a line for each problem, with a JSON pointer and the violated rule. */
export function schemaProblems(schema: JsonObject, value: unknown): string[] {
  const { valid, errors } = validatorOf(schema).validate(plainTwin(value));
  if (valid) return [];
  const leaves = errors.filter(({ keyword }) => !WRAPPERS.has(keyword));
  const lines = [...new Set((leaves.length > 0 ? leaves : errors).map(lineOf))];
  const omitted = lines.length - MAX_PROBLEMS;
  return omitted > 0 ? [...lines.slice(0, MAX_PROBLEMS), `and ${omitted} more`] : lines;
}

function validatorOf(schema: JsonObject): Validator {
  let validator = validators.get(schema);
  if (!validator) {
    validator = new Validator(schema, draftOf(schema), false);
    validators.set(schema, validator);
  }
  return validator;
}

/** Returns the dialect that a schema declares. Defaults to 2020-12, as in MCP. */
function draftOf({ $schema }: JsonObject): SchemaDraft {
  const declared = String($schema ?? '');
  if (/draft-0[67]/.test(declared)) return '7';
  return declared.includes('2019-09') ? '2019-09' : '2020-12';
}

function lineOf({ keyword, instanceLocation, error }: OutputUnit): string {
  const pointer = instanceLocation.replace(/^#/, '') || ROOT;
  return `${pointer}: ${keyword === 'false' ? 'Not allowed here.' : error}`;
}
