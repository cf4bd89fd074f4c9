/** Rules for the arguments that an event mapping names: the registration must have them. */
import { bodyOf, type EventMapping, type EventParameter, type HttpEvent, parameterOf, parsePath } from '../event';
import { parseString } from '../event-template';
import type { JsonObject, PromptArgument } from '../registration';
import { child, isObject, type Report, show } from './checks';
import { parseUriTemplate } from './uri';

/** Keywords that allow properties beside those of `properties`. */
const OPEN_KEYWORDS = ['$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'if', 'patternProperties', 'dependentSchemas'];

/** The arguments of a registration, and what they are called in messages. */
interface KnownArguments {
  readonly names: readonly string[];
  /** Undefined if the registration cannot say. */
  readonly required?: readonly unknown[];
  readonly what: string;
}

/** Reports arguments of a valid mapping that the registration does not have. */
export function checkEventArguments(event: EventMapping, definition: JsonObject, report: Report): void {
  const known = knownArguments(definition);
  if (!known) return;
  const check = (argument: string, path: string) => {
    if (known.names.includes(argument)) return true;
    const names = known.names.map(show).join(', ') || 'none';
    report(path, `the argument ${show(argument)} does not exist: the ${known.what} are ${names}`);
    return false;
  };
  if (event.type === 'template') checkTemplate(event.template, '/event/template', check);
  if (event.type === 'apiGateway' || event.type === 'httpApi') checkHttp(event, known, check, report);
}

function checkHttp(
  event: HttpEvent,
  known: KnownArguments,
  check: (argument: string, path: string) => boolean,
  report: Report,
): void {
  const long = (event.pathParameters ?? []).map(parameterOf);
  for (const { name } of parsePath(event.path).parameters) {
    const argument = long.find((each) => each.name === name)?.argument ?? name;
    if (check(argument, '/event/path') && known.required && !known.required.includes(argument)) {
      report('/event/path', `the argument ${show(argument)} must be required, because it is part of the path`);
    }
  }
  const checkAll = (parameters: readonly EventParameter[] | undefined, path: string) => {
    parameters?.forEach((each, index) => {
      check(parameterOf(each).argument, child(path, index));
    });
  };
  checkAll(event.query, '/event/query');
  checkAll(event.headers, '/event/headers');
  checkAll(event.cookies, '/event/cookies');
  const body = bodyOf(event);
  if (body.type === 'argument') check(body.name, '/event/body/name');
  if (body.type === 'rest') checkAll(body.fields, '/event/body/fields');
}

function checkTemplate(value: unknown, path: string, check: (argument: string, path: string) => boolean): void {
  if (typeof value === 'string') {
    for (const each of parseString(value).placeholders) if (each?.kind === 'argument') check(each.name, path);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) checkTemplate(each, child(path, key), check);
  }
}

function knownArguments(definition: JsonObject): KnownArguments | undefined {
  const { type, inputSchema, uriTemplate } = definition;
  if (type === 'tool') return propertiesOf(inputSchema);
  if (type === 'prompt') {
    const declared = Array.isArray(definition.arguments)
      ? (definition.arguments as PromptArgument[]).filter(isObject)
      : [];
    const required = declared.filter((each) => each.required === true).map(({ name }) => name);
    return { names: declared.map(({ name }) => String(name)), required, what: 'arguments' };
  }
  const expressions = typeof uriTemplate === 'string' ? parseUriTemplate(uriTemplate)?.expressions : [];
  const names = expressions?.flatMap(({ variables }) => variables.map(({ name }) => name));
  return names && { names, what: 'variables of uriTemplate' };
}

/** The properties of an input schema, unless it allows others. */
function propertiesOf(schema: unknown): KnownArguments | undefined {
  if (!isObject(schema) || !isObject(schema.properties)) return undefined;
  const { properties, required, additionalProperties } = schema;
  if (additionalProperties !== undefined && additionalProperties !== false) return undefined;
  if (OPEN_KEYWORDS.some((keyword) => Object.hasOwn(schema, keyword))) return undefined;
  return {
    names: Object.keys(properties),
    required: Array.isArray(required) ? required : [],
    what: 'properties of inputSchema',
  };
}
