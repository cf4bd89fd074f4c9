import { AwsError } from '../aws-endpoint/errors.js';

/** One comparison of a JSON pattern, such as `$.level = "ERROR"`. */
const COMPARISON = /^\s*\$\.([\w.]+)\s*(=|!=)\s*(?:"([^"]*)"|([\w.*-]+))\s*$/;

/**
 * Parses a filter pattern of CloudWatch Logs: terms that a line contains, or comparisons of members of JSON with `&&` or `||`.
 * @throws AwsError for other patterns
 */
export function parseFilterPattern(pattern: string): (text: string) => boolean {
  const [, json] = /^\s*\{(.*)\}\s*$/s.exec(pattern) ?? [];
  if (json === undefined) {
    const terms = [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
    return (text) => terms.every((term) => text.includes(term));
  }
  const alternatives = json.split('||').map((part) => part.split('&&').map((each) => comparison(each, pattern)));
  return (text) => {
    const record = parse(text);
    return record !== undefined && alternatives.some((all) => all.every((holds) => holds(record)));
  };
}

function comparison(text: string, pattern: string): (record: Record<string, unknown>) => boolean {
  const [, path, operator, quoted, word] = COMPARISON.exec(text.replace(/^\s*\(|\)\s*$/g, '')) ?? [];
  if (path === undefined) {
    throw new AwsError(
      'InvalidParameterException',
      400,
      `the local runner does not support the filter pattern ${pattern}`,
    );
  }
  const expected = new RegExp(
    `^${(quoted ?? word!).replace(/[.+?^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*')}$`,
    's',
  );
  return (record) => {
    const value = path.split('.').reduce<any>((node, key) => node?.[key], record);
    return value !== undefined && expected.test(String(value)) === (operator === '=');
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
