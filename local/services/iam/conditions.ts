import { conditionValue, matchesArn, matchesPattern, substituteVariables, UnsupportedPolicyError } from './match.js';
import { type Conditions, list, type RequestContext } from './policy.js';

/** Compares a value of the request context with a value of the policy. */
type Comparison = (actual: string, expected: string, context: RequestContext) => boolean;

const COMPARISONS: Record<string, Comparison> = {
  StringEquals: withVariables((actual, expected) => actual === expected),
  StringEqualsIgnoreCase: withVariables((actual, expected) => actual.toLowerCase() === expected.toLowerCase()),
  StringLike: (actual, expected, context) => matchesPattern(expected, actual, context),
  ArnLike: (actual, expected, context) => matchesArn(expected, actual, context),
  ArnEquals: (actual, expected, context) => matchesArn(expected, actual, context), // AWS defines it as identical to ArnLike
  Bool: withVariables((actual, expected) => actual.toLowerCase() === expected.toLowerCase()),
  ...orderedComparisons('Numeric', Number),
  ...orderedComparisons('Date', (text) => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text))),
};

const NEGATIONS: Record<string, string> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotLike: 'ArnLike',
  ArnNotEquals: 'ArnEquals',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
};

/**
 * Evaluates the conditions of a statement for a request. All keys must match; for one key, any value (for `Not…` operators, no value).
 * @throws UnsupportedPolicyError for an unsupported operator
 */
export function conditionsMatch(conditions: Conditions | undefined, context: RequestContext): boolean {
  return Object.entries(conditions ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) =>
      conditionMatches(operator, conditionValue(key, context), list(expected), context),
    ),
  );
}

/** @throws UnsupportedPolicyError if the conditions of a statement use an operator that {@link conditionsMatch} does not support */
export function checkOperators(conditions: Conditions | undefined): void {
  for (const operator of Object.keys(conditions ?? {})) parseOperator(operator);
}

function conditionMatches(
  text: string,
  actual: string | readonly string[] | undefined,
  expected: string[],
  context: RequestContext,
): boolean {
  const { set, operator, comparison, negated, ifExists } = parseOperator(text);
  if (operator === 'Null') return expected.includes(String(actual === undefined || actual.length === 0));
  const satisfies = (value: string) => expected.some((item) => comparison(value, item, context)) !== negated;
  if (set) {
    const values = list(actual);
    if (values.length === 0) return set === 'ForAllValues' || ifExists;
    return set === 'ForAllValues' ? values.every(satisfies) : values.some(satisfies);
  }
  if (actual === undefined) return negated || ifExists;
  return typeof actual === 'string' && satisfies(actual); // a key with several values needs a set operator
}

function parseOperator(text: string) {
  const [, set, base, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(text) ?? [];
  const negated = base in NEGATIONS;
  const operator = negated ? NEGATIONS[base] : base;
  const comparison = COMPARISONS[operator];
  if (!comparison && text !== 'Null')
    throw new UnsupportedPolicyError(`condition operator ${text} is not supported by the local runner`);
  return { set, operator, comparison, negated, ifExists: Boolean(ifExists) };
}

function withVariables(compare: (actual: string, expected: string) => boolean): Comparison {
  return (actual, expected, context) => {
    const value = substituteVariables(expected, context);
    return value !== undefined && compare(actual, value);
  };
}

function orderedComparisons(prefix: string, parseValue: (text: string) => number): Record<string, Comparison> {
  const comparison =
    (compare: (a: number, b: number) => boolean): Comparison =>
    (actual, expected) =>
      compare(parseValue(actual), parseValue(expected));
  return {
    [`${prefix}Equals`]: comparison((a, b) => a === b),
    [`${prefix}LessThan`]: comparison((a, b) => a < b),
    [`${prefix}LessThanEquals`]: comparison((a, b) => a <= b),
    [`${prefix}GreaterThan`]: comparison((a, b) => a > b),
    [`${prefix}GreaterThanEquals`]: comparison((a, b) => a >= b),
  };
}
