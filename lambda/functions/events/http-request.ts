/** Places the arguments of a call in an HTTP request: path, query, headers, cookies and body. */
import { bodyOf, type EventParameter, type HttpEvent, parameterOf } from '../../../src/private/event.js';
import type { JsonObject } from '../../../src/private/registration.js';
import { type HttpBody, httpBody } from './http-body.js';
import { httpPath } from './http-path.js';
import { argumentOf, InvalidArguments } from './invalid-arguments.js';
import { type Pair, writePairs, writeText, writeUnplaced } from './parameter-styles.js';

/** An HTTP request, before it becomes an event of one of the payload formats. */
export interface HttpRequest {
  readonly method: string;
  /** The path of the registration, with its parameters in braces. */
  readonly resource: string;
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly query: readonly Pair[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly cookies: readonly Pair[];
  readonly body?: HttpBody;
}

const CONTROL = /[^\t\P{Cc}]/u;
/** The bytes of a header as characters. Some frameworks throw for any other. */
const LATIN_1 = /^[\0-\xFF]*$/;
/** A token of HTTP. */
const COOKIE_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

export function httpRequest(event: HttpEvent, args: JsonObject): HttpRequest {
  const { path, pathParameters, placed } = httpPath(event, args);
  const query: Pair[] = pairsOf(event.query, args);
  const cookies = pairsOf(event.cookies, args).map(checkedCookie);
  const headers = (event.headers ?? []).flatMap((parameter) => headerOf(parameter, args));
  const bodyMapping = bodyOf(event);
  const named = [...(event.query ?? []), ...(event.cookies ?? []), ...(event.headers ?? [])].map(parameterOf);
  const elsewhere = new Set([
    ...placed,
    ...named.map(({ argument }) => argument),
    ...(bodyMapping.type === 'argument' ? [bodyMapping.name] : []),
  ]);
  const unplaced = Object.entries(args).filter(([name, value]) => !elsewhere.has(name) && value !== undefined);
  if (bodyMapping.type !== 'rest') {
    const declared = (event.query ?? []).map(parameterOf);
    for (const [name, value] of unplaced) {
      if (value === null) continue;
      if (declared.some((each) => isNameOf(each, name)))
        throw new InvalidArguments(name, 'is not an argument: a query parameter has this name');
      for (const pair of writeUnplaced(name, value)) query.push(pair);
    }
  }
  return {
    method: event.method,
    resource: event.path,
    path,
    pathParameters,
    query,
    headers,
    cookies,
    body: httpBody(bodyMapping, args, Object.fromEntries(unplaced)),
  };
}

/** A pair, and the argument that it is made of. */
type ArgumentPair = Pair & { readonly argument: string };

function pairsOf(parameters: readonly EventParameter[] = [], args: JsonObject): ArgumentPair[] {
  const declared = parameters.map(parameterOf);
  return declared.flatMap((parameter) => {
    const { name, argument, style = 'form', explode = style === 'form' } = parameter;
    const value = argumentOf(args, argument);
    const pairs = value === undefined || value === null ? [] : writePairs({ name, style, explode }, value);
    for (const pair of pairs) {
      if (declared.some((other) => other !== parameter && isNameOf(other, pair.name)))
        throw new InvalidArguments(
          argument,
          `must not have a property ${show(pair.name)}: another parameter has this name`,
        );
    }
    return pairs.map((pair) => ({ ...pair, argument }));
  });
}

/** Whether a name in a request belongs to a parameter: its own, or one of its properties in the style `deepObject`. */
function isNameOf({ name, style }: { readonly name: string; readonly style?: string }, text: string): boolean {
  return text === name || (style === 'deepObject' && text.startsWith(`${name}[`));
}

/** The properties of an object can be cookies of their own. Names of cookies have no encoding. */
function checkedCookie({ argument, ...pair }: ArgumentPair): Pair {
  if (COOKIE_NAME.test(pair.name)) return pair;
  throw new InvalidArguments(argument, `must not have a property ${show(pair.name)}: it is not the name of a cookie`);
}

function show(text: string): string {
  return JSON.stringify(text);
}

/** Escapes all characters of JSON text that a header may not have. */
function asciiJson(text: string): string {
  return text.replace(/[^\0-\x7F]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function headerOf(parameter: EventParameter, args: JsonObject): [string, string][] {
  const { name, argument, style = 'simple', explode = false } = parameterOf(parameter);
  const value = argumentOf(args, argument);
  if (value === undefined || value === null) return [];
  const text = writeText({ name, style, explode }, value, style === 'json' ? asciiJson : (each) => each);
  if (CONTROL.test(text)) throw new InvalidArguments(argument, 'has a control character, which a header cannot have');
  if (!LATIN_1.test(text))
    throw new InvalidArguments(argument, 'has a character beyond U+00FF, which a header cannot have');
  return [[name, text.trim()]];
}
