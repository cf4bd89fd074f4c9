import type { Registration } from '../../src/private/registration.js';
import {
  type ParsedUriTemplate,
  parseUriTemplate,
  type UriTemplateExpression,
} from '../../src/private/validation/uri.js';

/** Decoded values of the variables of a URI template. An exploded variable with several values is a list. */
export type UriVariables = Record<string, string | string[]>;

/** Longest URI that a client may send, in bytes. */
export const MAX_URI_BYTES = 2_048;
/** Characters that a value cannot contain, by the operator of its expression. */
const EXCLUDED = { '': '/,', '.': '/,', '/': '/,', '+': '', '#': '' } as const;
/** What an expression expands to before its value. */
const PREFIX = { '': '', '+': '', '.': '.', '/': '/', '#': '#' } as const;

interface Template extends Omit<ParsedUriTemplate, 'expressions'> {
  readonly expressions: readonly Expression[];
  readonly literalLength: number;
}

interface Expression extends UriTemplateExpression {
  /** Characters that end a value. */
  readonly excluded: string;
}

const templates = new WeakMap<TemplateRegistration, Template>();

/** What the matching of a template reads of its registration. */
export type TemplateRegistration = Pick<Registration, 'owner' | 'uriTemplate'>;

/** Finds the template that matches a URI: of several, a declared one, then the one with the longest literal part, then the first. */
export function matchTemplate<T extends TemplateRegistration>(
  registrations: readonly T[],
  uri: string,
): { readonly registration: T; readonly variables: UriVariables } | undefined {
  if (Buffer.byteLength(uri) > MAX_URI_BYTES) return undefined;
  let best: { registration: T; variables: UriVariables; literalLength: number } | undefined;
  for (const registration of declaredFirst(registrations)) {
    const template = parse(registration);
    if (best && (template.literalLength <= best.literalLength || isTakenOver(best.registration, registration)))
      continue;
    const variables = match(template, uri);
    if (variables) best = { registration, variables, literalLength: template.literalLength };
  }
  return best && { registration: best.registration, variables: best.variables };
}

/** Whether `other` would take a URI over from a declared registration. */
function isTakenOver(best: TemplateRegistration, other: TemplateRegistration): boolean {
  return best.owner === 'cdk' && other.owner !== 'cdk';
}

function declaredFirst<T extends TemplateRegistration>(registrations: readonly T[]): readonly T[] {
  const declared = registrations.filter(({ owner }) => owner === 'cdk');
  return [...declared, ...registrations.filter(({ owner }) => owner !== 'cdk')];
}

function parse(registration: TemplateRegistration): Template {
  let template = templates.get(registration);
  if (!template) {
    // a stored template that an older version accepted and this one does not, matches nothing
    const parts = parseUriTemplate(registration.uriTemplate!) ?? { literals: ['{'], expressions: [] };
    const expressions = parts.expressions.map((each, index) => ({
      ...each,
      excluded: excludedFrom(each, parts.expressions.slice(index + 1)),
    }));
    template = { literals: parts.literals, expressions, literalLength: parts.literals.join('').length };
    templates.set(registration, template);
  }
  return template;
}

/** The characters that a value cannot contain: those of its operator, and those with which a later query or fragment begins. */
function excludedFrom({ operator }: UriTemplateExpression, later: readonly UriTemplateExpression[]): string {
  if (operator === '?' || operator === '&') return '';
  const delimiters = later.map((each) => each.operator).filter((each) => each === '?' || each === '&' || each === '#');
  return EXCLUDED[operator] + delimiters.join('');
}

/**
 * Matches a URI in time proportional to its length and the template's parts: for each part, from the last to the first, it computes
 * the positions from which the rest of the template matches. A regular expression would backtrack.
 */
function match({ literals, expressions }: Template, uri: string): UriVariables | undefined {
  // afterLiteral[i]: positions behind literal i from which expression i and everything after it matches
  const afterLiteral: boolean[][] = [];
  let rest = new Array<boolean>(uri.length + 1).fill(false);
  rest[uri.length] = true;
  afterLiteral[expressions.length] = rest;
  for (let index = expressions.length - 1; index >= 0; index--) {
    const afterExpression = beforeLiteral(literals[index + 1]!, uri, rest);
    rest = beforeExpression(expressions[index]!, uri, afterExpression);
    afterLiteral[index] = rest;
  }
  let at = literals[0]!.length;
  if (!uri.startsWith(literals[0]!) || !afterLiteral[0]![at]) return undefined;
  const variables: [string, string | string[]][] = [];
  for (const [index, expression] of expressions.entries()) {
    const next = beforeLiteral(literals[index + 1]!, uri, afterLiteral[index + 1]!);
    const end = longestEnd(expression, uri, at, next);
    variables.push(...valuesIn(expression, uri.slice(at, end)));
    at = end + literals[index + 1]!.length;
  }
  return Object.fromEntries(variables);
}

/** Positions at which a literal stands and the rest matches behind it. */
function beforeLiteral(literal: string, uri: string, rest: readonly boolean[]): boolean[] {
  return rest.map((_, at) => rest[at + literal.length] === true && uri.startsWith(literal, at));
}

/** Positions from which an expression matches and the rest matches behind it. */
function beforeExpression(expression: Expression, uri: string, rest: readonly boolean[]): boolean[] {
  const { operator } = expression;
  if (operator === '?' || operator === '&') {
    return rest.map((_, at) => queryEnds(expression, uri, at).some((end) => rest[end]));
  }
  // reachable[at]: a value that goes on at this position can end where the rest matches
  const reachable = new Array<boolean>(uri.length + 2).fill(false);
  for (let at = uri.length; at >= 0; at--) {
    reachable[at] = rest[at]! || (goesOn(expression, uri, at) && reachable[at + 1]!);
  }
  const prefix = PREFIX[operator];
  return rest.map((_, at) => {
    const first = at + prefix.length;
    return uri.startsWith(prefix, at) && isValue(expression, uri, first) && reachable[first + 1] === true;
  });
}

/** The last position at which an expression that begins at `at` may end. It exists, because the template matches. */
function longestEnd(expression: Expression, uri: string, at: number, rest: readonly boolean[]): number {
  const { operator } = expression;
  if (operator === '?' || operator === '&') return queryEnds(expression, uri, at).findLast((end) => rest[end])!;
  let end = at;
  for (let next = at + PREFIX[operator].length + 1; next <= uri.length; next++) {
    if (rest[next]) end = next;
    if (!goesOn(expression, uri, next)) break;
  }
  return end;
}

function isValue({ excluded }: Expression, uri: string, at: number): boolean {
  return at < uri.length && !excluded.includes(uri[at]!);
}

/** Whether a value may contain the character at a position, or an exploded one its separator. */
function goesOn(expression: Expression, uri: string, at: number): boolean {
  if (isValue(expression, uri, at)) return true;
  return at < uri.length && expression.variables[0]!.explode && uri[at] === separatorOf(expression);
}

function separatorOf({ operator }: UriTemplateExpression): string {
  return operator === '/' || operator === '.' ? operator : ',';
}

/** Where a query expression may end: before any pair, or behind each pair with a name of its own. Pairs come in any order. */
function queryEnds(expression: UriTemplateExpression, uri: string, at: number): number[] {
  const ends = [at];
  const used = new Set<string>();
  for (let begin = at; begin < uri.length; begin = ends.at(-1)!) {
    if (uri[begin] !== (begin === at ? expression.operator : '&')) break;
    const end = endOfPair(uri, begin + 1);
    const name = uri.slice(begin + 1, end).replace(/=.*$/s, '');
    const variable = expression.variables.find((each) => each.name === name);
    if (!variable || !uri.startsWith('=', begin + 1 + name.length) || (used.has(name) && !variable.explode)) break;
    used.add(name);
    ends.push(end);
  }
  return ends;
}

function endOfPair(uri: string, from: number): number {
  let end = from;
  while (end < uri.length && uri[end] !== '&' && uri[end] !== '#') end++;
  return end;
}

/** The variables of an expression in the text that it matched. */
function valuesIn(expression: UriTemplateExpression, text: string): [string, string | string[]][] {
  const { operator, variables } = expression;
  if (operator === '?' || operator === '&') {
    const pairs = text === '' ? [] : text.slice(1).split('&');
    return variables.flatMap(({ name }): [string, string | string[]][] => {
      const values = pairs
        .filter((pair) => pair.startsWith(`${name}=`))
        .map((pair) => decode(pair.slice(name.length + 1)));
      return values.length === 0 ? [] : [[name, values.length === 1 ? values[0]! : values]];
    });
  }
  const { name, explode } = variables[0]!;
  const value = text.slice(PREFIX[operator].length);
  const values = explode ? value.split(separatorOf(expression)).map(decode) : [decode(value)];
  return [[name, values.length === 1 ? values[0]! : values]];
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // invalid percent-encoding
  }
}
