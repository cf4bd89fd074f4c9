import { Token } from 'aws-cdk-lib';

/** A value that cannot travel as JSON text in a template, with its JSON pointer. */
export interface JsonProblem {
  readonly path: string;
  readonly message: string;
}

/** Deeper than any rule for registrations allows; a value that contains itself ends here. */
const MAX_DEPTH = 100;

/**
 * What keeps a value from being JSON once it is deployed. Tokens are welcome in strings, where they become part of a
 * `Fn::Join`; keys, numbers and lists that CloudFormation fills in would come out as something else.
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
      return depth > MAX_DEPTH ? problem('is nested too deep') : objectProblems(value, path, depth + 1);
    default:
      return problem(`a ${typeof value} is not JSON`);
  }
}

function objectProblems(value: object, path: string, depth: number): JsonProblem[] {
  if (Token.isUnresolved(value)) {
    return [{ path, message: 'is known only at deployment; only strings may hold tokens' }];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => jsonProblems(item, `${path}/${index}`, depth));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return [{ path, message: `an instance of ${value.constructor.name} is not JSON` }];
  }
  return Object.entries(value).flatMap(([key, item]) => {
    const at = `${path}/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`;
    if (Token.isUnresolved(key)) return [{ path: at, message: 'a key may not hold a token' }];
    return jsonProblems(item, at, depth);
  });
}
