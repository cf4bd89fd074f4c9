/** Building blocks of the validation rules: checks of a single value, and functions that combine checks. */
import { functionArnProblem } from './function-arn';

/** Reports a violated rule. `path` is a JSON pointer. */
export type Report = (path: string, message: string) => void;

/** Checks a value and reports all its errors. */
export type Check = (value: unknown, path: string, report: Report) => void;

/** JSON pointer to a member. */
export function child(path: string, key: string | number): string {
  return `${path}/${String(key).replace(/~/g, '~0').replace(/\//g, '~1')}`;
}

/** A value for an error message: JSON, truncated to a readable length. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

export function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether an object has an own property; `key in object` would also find inherited ones such as `constructor`. */
export function has(object: object, key: string): boolean {
  return Object.hasOwn(object, key);
}

/** A non-empty string of at most `maxLength` characters. */
export function text(maxLength: number): Check {
  return (value, path, report) => {
    if (typeof value !== 'string') report(path, `must be a string; got ${show(value)}`);
    else if (value === '') report(path, 'must not be empty; omit the key instead');
    else if (value.length > maxLength) report(path, `has ${value.length} characters, at most ${maxLength} are allowed`);
  };
}

/** A string that matches `pattern`. `rule` describes the pattern in error messages. */
export function matching(pattern: RegExp, rule: string): Check {
  return (value, path, report) => {
    if (typeof value !== 'string' || !pattern.test(value)) report(path, `must be ${rule}; got ${show(value)}`);
  };
}

/** One of the given strings. */
export function oneOf(...values: string[]): Check {
  return (value, path, report) => {
    if (!values.includes(value as string)) report(path, `must be ${values.map(show).join(' or ')}; got ${show(value)}`);
  };
}

/** An integer between two inclusive bounds. `unit` appears in error messages. */
export function integer(min: number, max: number, unit: string): Check {
  return (value, path, report) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      report(path, `must be a whole number of ${unit} from ${min} to ${max}; got ${show(value)}`);
    }
  };
}

export const boolean: Check = (value, path, report) => {
  if (typeof value !== 'boolean') report(path, `must be true or false; got ${show(value)}`);
};

/** Any JSON object. */
export const object: Check = (value, path, report) => {
  if (!isObject(value)) report(path, `must be a JSON object; got ${show(value)}`);
};

/** An array of at most `maxItems` items that pass `item`. */
export function listOf(item: Check, maxItems: number): Check {
  return (value, path, report) => {
    if (!Array.isArray(value)) return report(path, `must be an array; got ${show(value)}`);
    if (value.length > maxItems) return report(path, `has ${value.length} items, at most ${maxItems} are allowed`);
    value.forEach((each, index) => {
      item(each, child(path, index), report);
    });
  };
}

/** An array without duplicates. */
export function distinct(check: Check): Check {
  return (value, path, report) => {
    check(value, path, report);
    if (!Array.isArray(value)) return;
    value.forEach((each, index) => {
      if (value.indexOf(each) < index) report(child(path, index), `${show(each)} is a duplicate`);
    });
  };
}

/** An object with only these keys. `what` names the object in error messages. */
export function struct(what: string, fields: { [key: string]: Check }, required: readonly string[] = []): Check {
  return (value, path, report) => {
    if (!isObject(value)) return report(path, `must be a JSON object (${what}); got ${show(value)}`);
    for (const key of required) {
      if (value[key] === undefined) report(child(path, key), `is required in ${what}`);
    }
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      if (has(fields, key)) fields[key](member, child(path, key), report);
      else report(child(path, key), `unknown key ${show(key)}: ${what} has the keys ${Object.keys(fields).join(', ')}`);
    }
  };
}

/** The ARN of a Lambda function, version or alias to which a permission can be added. */
export const functionArn: Check = (value, path, report) => {
  const problem =
    typeof value === 'string' ? functionArnProblem(value) : `must be a Lambda function ARN; got ${show(value)}`;
  if (problem !== undefined) report(path, problem);
};
