import type { RequestContext } from './policy.js';

/** A policy uses something that this judge does not know: better to say so than to guess an answer. */
export class UnsupportedPolicy extends Error {}

const VARIABLE = /\$\{([^},]+)(?:,\s*'([^']*)')?\}/g;
const ARN_SEGMENTS = 6;

/**
 * Whether a text matches a pattern with `*` and `?`, after the pattern's policy variables (`${aws:username}`) have
 * been replaced from the request; a variable without a value matches nothing.
 */
export function matchesPattern(pattern: string, text: string, context: RequestContext, ignoreCase = false): boolean {
  const expression = toExpression(pattern, context);
  return expression !== undefined && new RegExp(`^${expression}$`, ignoreCase ? 'is' : 's').test(text);
}

/** A pattern with its policy variables replaced, or undefined when one of them has no value. */
export function substituteVariables(pattern: string, context: RequestContext): string | undefined {
  let missing = false;
  const text = pattern.replace(VARIABLE, (_, name: string, fallback?: string) => {
    const value = variable(name, context) ?? fallback;
    if (value === undefined) missing = true;
    return value ?? '';
  });
  return missing ? undefined : text;
}

/** Whether an ARN matches a pattern: part by part, so that a wildcard in one part does not reach into the next. */
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

/** Whether an action (`sqs:SendMessage`) matches a pattern (`sqs:*`); actions are compared without regard to case. */
export function matchesAction(pattern: string, action: string): boolean {
  return matchesPattern(pattern, action, {}, true);
}

function segments(arn: string): string[] {
  const parts: string[] = [];
  // a colon inside a policy variable (`${aws:username}`) does not separate
  for (const part of arn.split(/:(?![^${}]*\})/)) {
    if (parts.length < ARN_SEGMENTS) parts.push(part);
    else parts[ARN_SEGMENTS - 1] += `:${part}`;
  }
  return parts;
}

function toExpression(pattern: string, context: RequestContext): string | undefined {
  let expression = '';
  let at = 0;
  for (const match of pattern.matchAll(VARIABLE)) {
    const value = variable(match[1], context) ?? match[2];
    if (value === undefined) return undefined;
    expression += wildcards(pattern.slice(at, match.index)) + escapeRegExp(value);
    at = match.index + match[0].length;
  }
  return expression + wildcards(pattern.slice(at));
}

/** `${*}`, `${?}` and `${$}` stand for the characters themselves. */
function variable(name: string, context: RequestContext): string | undefined {
  if (name === '*' || name === '?' || name === '$') return name;
  const value = lookUp(name, context);
  if (Array.isArray(value)) throw new UnsupportedPolicy(`the policy variable \${${name}} has several values`);
  return value as string | undefined;
}

/** A condition key's value; names of keys are compared without regard to case. */
export function lookUp(name: string, context: RequestContext): string | readonly string[] | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(context).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

function wildcards(text: string): string {
  return escapeRegExp(text).replaceAll('\\*', '.*').replaceAll('\\?', '.');
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
