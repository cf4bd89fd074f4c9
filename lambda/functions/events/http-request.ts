/** Places the arguments of a call in an HTTP request: path, query, headers, cookies and body. */
import { bodyOf, type EventParameter, type HttpEvent, parameterOf } from '../../../src/private/event.js';
import type { JsonObject } from '../../../src/private/registration.js';
import { ownValue } from '../../shared/json.js';
import { type HttpBody, httpBody } from './http-body.js';
import { httpPath } from './http-path.js';
import { InvalidArguments } from './invalid-arguments.js';
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

export function httpRequest(event: HttpEvent, args: JsonObject): HttpRequest {
  const { path, pathParameters, placed } = httpPath(event, args);
  const query = pairsOf(event.query, args);
  const cookies = pairsOf(event.cookies, args);
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
    const reserved = new Set((event.query ?? []).map((each) => parameterOf(each).name));
    for (const [name, value] of unplaced) {
      if (value === null) continue;
      if (reserved.has(name)) throw new InvalidArguments(name, 'is not an argument: a query parameter has this name');
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

function pairsOf(parameters: readonly EventParameter[] = [], args: JsonObject): Pair[] {
  return parameters.map(parameterOf).flatMap(({ name, argument, style = 'form', explode = style === 'form' }) => {
    const value = ownValue(args, argument);
    return value === undefined || value === null ? [] : writePairs({ name, style, explode }, value);
  });
}

function headerOf(parameter: EventParameter, args: JsonObject): [string, string][] {
  const { name, argument, style = 'simple', explode = false } = parameterOf(parameter);
  const value = ownValue(args, argument);
  if (value === undefined || value === null) return [];
  const text = writeText({ name, style, explode }, value, (each) => each);
  if (CONTROL.test(text)) throw new InvalidArguments(argument, 'has a control character, which a header cannot have');
  return [[name, text.trim()]];
}
