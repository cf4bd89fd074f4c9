import { Token } from 'aws-cdk-lib';

/** A value that cannot be serialized as JSON in a template, with its JSON pointer. */
export interface JsonProblem {
  readonly path: string;
  readonly message: string;
}

/** The maximum depth, which also stops at circular references. The rules for registrations allow less. */
const MAX_DEPTH = 100;

/**
 * The reasons why a value cannot be deployed as JSON. Tokens are allowed in strings, where they become part of an `Fn::Join`. As keys,
 * numbers or lists, they would be rendered as something else.
 */
export function jsonProblems(value: unknown, path = '', depth = 0): JsonProblem[] {
  const problem = (message: string) => [{ path, message }];
  if (value === null || value === undefined) return [];
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return [];
    case 'number':
      if (Token.isUnresolved(value)) return problem('is a number known only at deployment; write a literal');
      return Number.isFinite(value) ? [] : problem(`${value} is not a JSON number`);
    case 'object':
      return depth > MAX_DEPTH ? problem('is nested too deeply') : objectProblems(value, path, depth + 1);
    default:
      return problem(`a ${typeof value} is not JSON`);
  }
}

function objectProblems(value: object, path: string, depth: number): JsonProblem[] {
  if (Token.isUnresolved(value)) {
    return [{ path, message: 'is known only at deployment; only strings may contain tokens' }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => jsonProblems(item, `${path}/${index}`, depth));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return [{ path, message: `an instance of ${value.constructor.name} is not JSON` }];
  }
  return Object.entries(value).flatMap(([key, item]) => {
    const at = `${path}/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`;
    if (Token.isUnresolved(key)) return [{ path: at, message: 'a key must not contain a token' }];
    return jsonProblems(item, at, depth);
  });
}
