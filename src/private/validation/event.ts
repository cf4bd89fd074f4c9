/** Rules for `event`, the event mapping of a registration. */
import { EVENT_TYPES, type EventMapping, type EventType, HTTP_METHODS, type HttpEvent, parsePath } from '../event';
import { PLACEHOLDERS, parseString } from '../event-template';
import { type Check, child, isObject, matching, object, oneOf, type Report, show, struct } from './checks';
import { body, cookieParameters, headerParameters, pathParameters, queryParameters } from './event-parameters';

const MAX_PATH_LENGTH = 1_024;
/** Characters that RFC 3986 allows in a path. `%` is only allowed in percent-encoding. */
const PATH_TEXT = /^(?:[A-Za-z0-9\-._~/:@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;

const type: Check = oneOf(...EVENT_TYPES);
const graphQlName = matching(/^[_A-Za-z][_0-9A-Za-z]{0,127}$/, 'a GraphQL name of at most 128 characters');
const agentName = matching(/^[0-9A-Za-z_-]{1,100}$/, '1 to 100 of the characters A-Z a-z 0-9 _ -');

/** `path`: literal text, and parameters in braces. */
const path: Check = (value, at, report) => {
  if (typeof value !== 'string') return report(at, `must be a string; got ${show(value)}`);
  if (value.length > MAX_PATH_LENGTH) {
    return report(at, `has ${value.length} characters, at most ${MAX_PATH_LENGTH} are allowed`);
  }
  if (!value.startsWith('/'))
    return report(at, `must begin with a slash, such as "/orders/{orderId}"; got ${show(value)}`);
  const { literals, parameters } = parsePath(value);
  if (!literals.every((literal) => PATH_TEXT.test(literal))) {
    return report(
      at,
      `${show(value)} has an unmatched brace, or characters that are not allowed in a path: percent-encode them, and write the query as query`,
    );
  }
  if (value.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) {
    report(at, `${show(value)} has a segment "." or "..": write the path without it`);
  }
  parameters.forEach(({ name, greedy }, index) => {
    if (!/^[^\s/]{1,128}$/.test(name)) report(at, `${show(value)} has a parameter without a name`);
    if (parameters.findIndex((each) => each.name === name) < index) report(at, `${show(`{${name}}`)} is a duplicate`);
    if (greedy && (index < parameters.length - 1 || literals[index + 1] !== '')) {
      report(at, `${show(`{${name}+}`)} must be the end of the path`);
    }
  });
};

function http(what: string): Check {
  const fields = struct(
    what,
    {
      type,
      method: oneOf(...HTTP_METHODS),
      path,
      pathParameters,
      query: queryParameters,
      headers: headerParameters,
      cookies: cookieParameters,
      body,
    },
    ['method', 'path'],
  );
  return (value, at, report) => {
    fields(value, at, report);
    const event = value as Partial<HttpEvent>;
    if (typeof event.path !== 'string' || !Array.isArray(event.pathParameters)) return;
    const names = parsePath(event.path).parameters.map(({ name }) => name);
    event.pathParameters.forEach((parameter, index) => {
      const name: unknown = isObject(parameter) ? parameter.name : parameter;
      if (names.includes(name as string)) return;
      report(
        child(child(at, 'pathParameters'), index),
        `${show(name)} is not in the path: its parameters are ${names.map(show).join(', ') || 'none'}`,
      );
    });
  };
}

/** The strings of a template: known placeholders only. */
const template: Check = (value, at, report) => {
  object(value, at, report);
  if (isObject(value)) checkPlaceholders(value, at, report);
};

function checkPlaceholders(value: unknown, at: string, report: Report): void {
  if (typeof value === 'string') {
    const { placeholders } = parseString(value);
    if (placeholders.includes(undefined)) {
      report(at, `${show(value)} has an unknown placeholder: the placeholders are ${PLACEHOLDERS}`);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) checkPlaceholders(each, child(at, key), report);
  }
}

const TYPES: { readonly [type in EventType]: Check } = {
  arguments: struct('an arguments event', { type }),
  request: struct('a request event', { type }),
  apiGateway: http('an apiGateway event'),
  httpApi: http('an httpApi event'),
  appSync: struct('an appSync event', { type, typeName: graphQlName, fieldName: graphQlName }, [
    'typeName',
    'fieldName',
  ]),
  bedrockAgent: struct('a bedrockAgent event', { type, actionGroup: agentName, function: agentName }, [
    'actionGroup',
    'function',
  ]),
  sqs: struct('an sqs event', { type }),
  template: struct('a template event', { type, template }, ['template']),
};

/** `event`: one of the event types, with its own keys. */
export const eventMapping: Check = (value, at, report) => {
  if (!isObject(value)) return report(at, `must be a JSON object with a type; got ${show(value)}`);
  if (isEventType(value.type)) TYPES[value.type](value, at, report);
  else type(value.type, child(at, 'type'), report);
};

export function isEventType(value: unknown): value is EventType {
  return EVENT_TYPES.includes(value as EventType);
}

/** The type of a mapping, valid or not. A missing mapping passes the arguments. */
export function eventTypeOf(event: unknown): EventMapping['type'] | undefined {
  if (event === undefined) return 'arguments';
  return isObject(event) && isEventType(event.type) ? event.type : undefined;
}
