import { lookUp, matchesArn, matchesPattern, substituteVariables, UnsupportedPolicy } from './match.js';
import { type Conditions, list, type RequestContext } from './policy.js';

/** Whether one value of the request satisfies one value of the policy. */
type Comparison = (actual: string, expected: string, context: RequestContext) => boolean;

const COMPARISONS: Record<string, Comparison> = {
  StringEquals: literally((actual, expected) => actual === expected),
  StringEqualsIgnoreCase: literally((actual, expected) => actual.toLowerCase() === expected.toLowerCase()),
  StringLike: (actual, expected, context) => matchesPattern(expected, actual, context),
  ArnLike: (actual, expected, context) => matchesArn(expected, actual, context),
  ArnEquals: (actual, expected, context) => matchesArn(expected, actual, context), // by AWS's definition the same
  Bool: literally((actual, expected) => actual.toLowerCase() === expected.toLowerCase()),
  ...ordered('Numeric', Number),
  ...ordered('Date', (text) => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text))),
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
 * Whether a statement's conditions hold for a request. All keys must; of one key's values any (none, for the `Not…`
 * operators). Throws for an operator it does not know.
 */
export function conditionsHold(conditions: Conditions | undefined, context: RequestContext): boolean {
  return Object.entries(conditions ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => holds(operator, lookUp(key, context), list(expected), context)),
  );
}

/** Throws {@link UnsupportedPolicy} if a statement's conditions use an operator that {@link conditionsHold} does not know. */
export function checkOperators(conditions: Conditions | undefined): void {
  for (const operator of Object.keys(conditions ?? {})) parse(operator);
}

function holds(
  text: string,
  actual: string | readonly string[] | undefined,
  expected: string[],
  context: RequestContext,
): boolean {
  const { set, operator, comparison, negated, ifExists } = parse(text);
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

function parse(text: string) {
  const [, set, base, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(text) ?? [];
  const negated = base in NEGATIONS;
  const operator = negated ? NEGATIONS[base] : base;
  const comparison = COMPARISONS[operator];
  if (!comparison && text !== 'Null')
    throw new UnsupportedPolicy(`the condition operator ${text} is not supported here`);
  return { set, operator, comparison, negated, ifExists: Boolean(ifExists) };
}

function literally(compare: (actual: string, expected: string) => boolean): Comparison {
  return (actual, expected, context) => {
    const value = substituteVariables(expected, context);
    return value !== undefined && compare(actual, value);
  };
}

function ordered(prefix: string, parseValue: (text: string) => number): Record<string, Comparison> {
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
