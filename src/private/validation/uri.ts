/** URIs and URI templates of resources. */
import { type Check, type Report, show } from './checks';

/** An expression of a URI template, `{…}`. */
export interface UriTemplateExpression {
  readonly operator: '' | '+' | '#' | '.' | '/' | '?' | '&';
  readonly variables: ReadonlyArray<{ readonly name: string; readonly explode: boolean }>;
}

const MAX_LENGTH = 2048;
/** Limits of this library. Matching a URI takes time in proportion to its length and to the number of variables. */
const MAX_VARIABLES = 16;
const MAX_GREEDY_EXPRESSIONS = 2;

/** Schemes that run code where a client follows a link. */
const RUNS_CODE = /^(?:javascript|vbscript):/i;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;
/** Characters that RFC 3986 allows. `%` is only allowed in percent-encoding. */
const URI_TEXT = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;
const VARIABLE = /^([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)(\*?)$/;

/** `uri`: an absolute URI. */
export const uri: Check = (value, path, report) => {
  if (typeof value !== 'string') return report(path, `must be a string; got ${show(value)}`);
  if (!checkLength(value, path, report)) return;
  if (/[{}]/.test(value)) return report(path, `${show(value)} contains { or }: use uriTemplate for a template`);
  if (!SCHEME.test(value))
    return report(path, `${show(value)} has no scheme: expected <scheme>:<rest>, such as docs://readme`);
  if (RUNS_CODE.test(value)) return report(path, `${show(value)} has a scheme that runs code: use another`);
  if (value.replace(SCHEME, '') === '') return report(path, `${show(value)} has nothing after its scheme`);
  if (!URI_TEXT.test(value))
    report(path, `${show(value)} has characters that are not allowed in a URI: percent-encode them`);
};

/** `uriTemplate`: an RFC 6570 template with the expressions that a server can match URIs against. */
export const uriTemplate: Check = (value, path, report) => {
  if (typeof value !== 'string') return report(path, `must be a string; got ${show(value)}`);
  if (!checkLength(value, path, report)) return;
  const parts = split(value);
  if (parts === undefined) return report(path, `${show(value)} has an unclosed or nested brace`);
  const literal = parts.filter((_, index) => index % 2 === 0);
  const texts = parts.filter((_, index) => index % 2 === 1);
  if (!SCHEME.test(literal[0])) {
    report(
      path,
      `${show(value)} must begin with a literal scheme, such as docs://{page}, because it would match URIs of any scheme`,
    );
  }
  if (RUNS_CODE.test(literal[0])) report(path, `${show(value)} has a scheme that runs code: use another`);
  if (!literal.every((part) => URI_TEXT.test(part))) {
    report(path, `${show(value)} has characters that are not allowed in a URI: percent-encode them`);
  }
  if (texts.length === 0) report(path, `${show(value)} has no variable: use uri instead`);
  const expressions = texts.map((text) => parseExpression(text, path, report)).filter((each) => each !== undefined);
  const count = expressions.reduce((sum, { variables }) => sum + variables.length, 0);
  if (count > MAX_VARIABLES) report(path, `has ${count} variables, at most ${MAX_VARIABLES} are allowed`);
  checkMatchable(literal, expressions, path, report);
};

/** A URI template in its parts: each expression follows the literal text with the same index, and one more literal ends the template. */
export interface ParsedUriTemplate {
  readonly literals: readonly string[];
  readonly expressions: readonly UriTemplateExpression[];
}

/** The parts of a valid template; undefined if `uriTemplate` does not accept the text. */
export function parseUriTemplate(template: string): ParsedUriTemplate | undefined {
  let invalid = false;
  const onError = () => {
    invalid = true;
  };
  uriTemplate(template, '', onError);
  if (invalid) return undefined;
  const parts = split(template)!;
  return {
    literals: parts.filter((_, index) => index % 2 === 0),
    expressions: parts.filter((_, index) => index % 2 === 1).map((text) => parseExpression(text, '', onError)!),
  };
}

function checkLength(value: string, path: string, report: Report): boolean {
  if (value.length <= MAX_LENGTH) return true;
  report(path, `has ${value.length} characters, at most ${MAX_LENGTH} are allowed`);
  return false;
}

/** Literals at even indexes, expressions at odd ones; undefined if the braces are not balanced. */
function split(template: string): string[] | undefined {
  const parts = template.split(/\{([^{}]*)\}/);
  return parts.some((part, index) => index % 2 === 0 && /[{}]/.test(part)) ? undefined : parts;
}

function parseExpression(text: string, path: string, report: Report): UriTemplateExpression | undefined {
  const [, operator, list] = /^([+#./;?&=,!@|]?)(.*)$/s.exec(text)!;
  if (!['', '+', '#', '.', '/', '?', '&'].includes(operator)) {
    report(path, `{${text}} has the unsupported operator ${operator}: use {x} {+x} {#x} {.x} {/x} {?x,y} or {&x,y}`);
    return undefined;
  }
  const variables = list.split(',').map((each) => VARIABLE.exec(each));
  if (!variables.every((each) => each !== null)) {
    const hint = /:\d+/.test(list)
      ? 'prefix modifiers are not supported'
      : 'variable names consist of A-Z a-z 0-9 _, with dots between them';
    report(path, `{${text}} is not a valid expression: ${hint}`);
    return undefined;
  }
  if (variables.length > 1 && operator !== '?' && operator !== '&') {
    report(
      path,
      `{${text}} has several variables, which are ambiguous in a URI: use {${operator}a}/{${operator}b} or {?a,b}`,
    );
    return undefined;
  }
  return {
    operator: operator as UriTemplateExpression['operator'],
    variables: variables.map(([, name, star]) => ({ name, explode: star === '*' })),
  };
}

/** Rules that involve several expressions: matching a URI must be unambiguous and take bounded time. */
function checkMatchable(literal: string[], expressions: UriTemplateExpression[], path: string, report: Report): void {
  const names = expressions.flatMap(({ variables }) => variables.map(({ name }) => name));
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated !== undefined) report(path, `variable ${show(repeated)} is used twice`);
  const greedy = expressions.filter(({ operator }) => operator === '+' || operator === '#').length;
  if (greedy > MAX_GREEDY_EXPRESSIONS) {
    report(path, `has ${greedy} expressions {+x} or {#x}, at most ${MAX_GREEDY_EXPRESSIONS} are allowed`);
  }
  if (literal.length - 1 !== expressions.length) return;
  expressions.forEach(({ operator }, index) => {
    if (index > 0 && literal[index] === '' && ['', '+'].includes(operator)) {
      report(path, 'has adjacent expressions, which are ambiguous in a URI: put a literal between them');
    }
  });
}
