import { type OutputUnit, Validator } from '@cfworker/json-schema';
import { METRICS } from '../../src/private/contract.js';
import type { JsonObject, Registration } from '../../src/private/registration.js';
import { plainTwin } from '../shared/exact-json.js';
import { log } from '../shared/log.js';
import { measure } from '../shared/metrics.js';
import { runWithin } from '../shared/time-limit.js';
import { keywordAt } from './keyword-location.js';
import { draftOf, type KeywordTracker, trackKeywords } from './tracked-schema.js';

/**
 * Time limit for compiling a schema and validating one value, in milliseconds: a base, an addition for each value in the JSON, and a
 * maximum. Patterns, formats, `uniqueItems` and references can take exponential or quadratic time
 * (docs/adr/030-validation-time-limit.md).
 */
const BASE_LIMIT_MS = 100;
const LIMIT_MS_PER_VALUE = 0.005;
const MAX_LIMIT_MS = 2_000;
const MAX_PROBLEMS = 10;
/** Maximum number of characters of a pattern in a message. */
const MAX_PATTERN_LENGTH = 200;
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

interface CompiledSchema {
  /** Reports all errors. */
  readonly complete: Validator;
  /** Stops at the first error of each schema. */
  readonly brief: Validator;
  readonly tracker: KeywordTracker;
}

/** Compiled schemas by schema object. The catalog keeps the object of a schema while it serves the schema. */
const compiledSchemas = new WeakMap<JsonObject, CompiledSchema>();

/** The outcome of a validation. */
export interface SchemaValidation {
  /** A line for each problem, with a JSON pointer into the value and the violated rule. */
  readonly problems: readonly string[];
  /** Set if the value could not be validated within the time limit: the part of the schema to simplify. */
  readonly tooSlow?: string;
}

/** Validates a value within a time limit. Counts exceeded limits for the registration that the schema belongs to. */
export function validateSchema(
  schema: JsonObject,
  value: unknown,
  registration?: Pick<Registration, 'id' | 'type' | 'name'>,
): SchemaValidation {
  const tracker: KeywordTracker = compiledSchemas.get(schema)?.tracker ?? {};
  try {
    const plain = plainTwin(value);
    const limitMs = timeLimitFor(plain);
    const first = runWithin(limitMs, () => validate(schema, plain, tracker, 'brief'));
    return { problems: first.length === 0 ? [] : linesOf(schema, allErrors(schema, plain, tracker, limitMs) ?? first) };
  } catch (error) {
    // also a stack overflow of nested references, and a pattern that is too large to compile
    const tooSlow = tracker.current ?? 'the schema';
    log.warn('validating a value took too long', {
      registration: registration?.id,
      keyword: tooSlow,
      reason: (error as Error).message,
    });
    const tool = registration?.type === 'tool' ? registration.name : undefined;
    measure([{ name: METRICS.VALIDATIONS_STOPPED, value: 1 }], { tool });
    return { problems: [], tooSlow };
  }
}

/** Validates a value. Returns a line for each problem, with a JSON pointer and the violated rule. */
export function schemaProblems(schema: JsonObject, value: unknown): readonly string[] {
  const { problems, tooSlow } = validateSchema(schema, value);
  return tooSlow === undefined ? problems : [tooSlowText('the value', tooSlow)];
}

/** Returns the text for a value whose validation exceeded the time limit. */
export function tooSlowText(subject: string, tooSlow: string): string {
  return `${subject} took too long to validate: simplify ${tooSlow}`;
}

/** Returns the time limit for a value, in whole milliseconds. */
function timeLimitFor(value: unknown): number {
  const mostValues = (MAX_LIMIT_MS - BASE_LIMIT_MS) / LIMIT_MS_PER_VALUE;
  return Math.ceil(BASE_LIMIT_MS + Math.min(countValues(value), mostValues) * LIMIT_MS_PER_VALUE);
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const each of Object.values(value)) count += countValues(each);
  return count;
}

function validate(
  schema: JsonObject,
  value: unknown,
  tracker: KeywordTracker,
  extent: 'brief' | 'complete',
): readonly OutputUnit[] {
  tracker.current = undefined;
  return compile(schema, tracker)[extent].validate(value).errors;
}

/** Returns all errors of an invalid value; undefined if there are too many to collect. */
function allErrors(
  schema: JsonObject,
  value: unknown,
  tracker: KeywordTracker,
  limitMs: number,
): readonly OutputUnit[] | undefined {
  try {
    return runWithin(limitMs, () => validate(schema, value, tracker, 'complete'));
  } catch {
    return undefined;
  }
}

function linesOf(schema: JsonObject, errors: readonly OutputUnit[]): string[] {
  const leaves = errors.filter(({ keyword }) => !WRAPPERS.has(keyword));
  const lines = [...new Set((leaves.length > 0 ? leaves : errors).map((error) => lineOf(schema, error)))];
  const omitted = lines.length - MAX_PROBLEMS;
  return omitted > 0 ? [...lines.slice(0, MAX_PROBLEMS), `and ${omitted} more`] : lines;
}

function compile(schema: JsonObject, tracker: KeywordTracker): CompiledSchema {
  let compiled = compiledSchemas.get(schema);
  if (!compiled) {
    const tracked = trackKeywords(schema, tracker);
    const draft = draftOf(schema);
    compiled = {
      complete: new Validator(tracked, draft, false),
      brief: new Validator(tracked, draft, true),
      tracker,
    };
    compiledSchemas.set(schema, compiled);
  }
  return compiled;
}

function lineOf(schema: JsonObject, { keyword, keywordLocation, instanceLocation, error }: OutputUnit): string {
  const pointer = instanceLocation.replace(/^#/, '') || ROOT;
  if (keyword === 'false') return `${pointer}: Not allowed here.`;
  // the validator's message does not contain the pattern
  const pattern = keyword === 'pattern' ? keywordAt(schema, keywordLocation) : undefined;
  return `${pointer}: ${typeof pattern === 'string' ? `String does not match pattern "${shortened(pattern)}".` : error}`;
}

function shortened(pattern: string): string {
  return pattern.length > MAX_PATTERN_LENGTH ? `${pattern.slice(0, MAX_PATTERN_LENGTH)}…` : pattern;
}
