import type { RequestContext } from './policy.js';

/** A policy uses a feature that the policy evaluation does not support. */
export class UnsupportedPolicyError extends Error {}

const VARIABLE = /\$\{([^},]+)(?:,\s*'([^']*)')?\}/g;
const ARN_SEGMENTS = 6;

/**
 * Matches a text against a pattern with the wildcards `*` and `?` and policy variables (`${aws:username}`), which are resolved from the request
 * context. A pattern with an undefined variable does not match.
 */
export function matchesPattern(pattern: string, text: string, context: RequestContext, ignoreCase = false): boolean {
  const expression = patternSource(pattern, context);
  return expression !== undefined && new RegExp(`^${expression}$`, ignoreCase ? 'is' : 's').test(text);
}

/** Resolves the policy variables in a pattern. Returns undefined if a variable has no value. */
export function substituteVariables(pattern: string, context: RequestContext): string | undefined {
  let missing = false;
  const text = pattern.replace(VARIABLE, (_, name: string, fallback?: string) => {
    const value = variableValue(name, context) ?? fallback;
    if (value === undefined) missing = true;
    return value ?? '';
  });
  return missing ? undefined : text;
}

/** Matches an ARN against a pattern. Each segment is matched separately, so that a wildcard does not span segments. */
export function matchesArn(pattern: string, arn: string, context: RequestContext): boolean {
  if (pattern === '*') return true;
  const patterns = segments(pattern);
  const parts = segments(arn);
  return (
    patterns.length === ARN_SEGMENTS &&
    parts.length === ARN_SEGMENTS &&
    patterns.every((segment, i) => matchesPattern(segment, parts[i], context))
  );
}

/** Matches an action (`sqs:SendMessage`) against a pattern (`sqs:*`), case-insensitively. */
export function matchesAction(pattern: string, action: string): boolean {
  return matchesPattern(pattern, action, {}, true);
}

function segments(arn: string): string[] {
  const parts: string[] = [];
  // a colon in a policy variable (`${aws:username}`) is not a separator
  for (const part of arn.split(/:(?![^${}]*\})/)) {
    if (parts.length < ARN_SEGMENTS) parts.push(part);
    else parts[ARN_SEGMENTS - 1] += `:${part}`;
  }
  return parts;
}

function patternSource(pattern: string, context: RequestContext): string | undefined {
  let expression = '';
  let at = 0;
  for (const match of pattern.matchAll(VARIABLE)) {
    const value = variableValue(match[1], context) ?? match[2];
    if (value === undefined) return undefined;
    expression += wildcards(pattern.slice(at, match.index)) + escapeRegExp(value);
    at = match.index + match[0].length;
  }
  return expression + wildcards(pattern.slice(at));
}

/** Resolves a policy variable. `${*}`, `${?}` and `${$}` are the literal characters. */
function variableValue(name: string, context: RequestContext): string | undefined {
  if (name === '*' || name === '?' || name === '$') return name;
  const value = conditionValue(name, context);
  if (Array.isArray(value)) throw new UnsupportedPolicyError(`policy variable \${${name}} has several values`);
  return value as string | undefined;
}

/** Returns the value of a condition key. Names of condition keys are case-insensitive. */
export function conditionValue(name: string, context: RequestContext): string | readonly string[] | undefined {
  const lowerName = name.toLowerCase();
  return Object.entries(context).find(([key]) => key.toLowerCase() === lowerName)?.[1];
}

function wildcards(text: string): string {
  return escapeRegExp(text).replaceAll('\\*', '.*').replaceAll('\\?', '.');
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
