/** Rules that involve several keys of a registration, and its canonical form. */
import type { EventMapping } from '../event';
import type { JsonObject, PromptArgument, RegistrationDefinition, RegistrationType } from '../registration';
import { checkCharacters, checkMetaKeys } from './characters';
import { child, has, isObject, type Report, show } from './checks';
import { eventTypeOf } from './event';
import { checkEventArguments } from './event-arguments';
import { FIELDS, promptArguments, resourceAnnotations, toolAnnotations } from './fields';
import { checkInputSchema, checkOutputSchema } from './json-schema';
import { KEYS, READ_ONLY_KEYS } from './keys';
import { isJsonSchema, promptArgumentsOf, schemaOfShorthand } from './parameters';
import { parseUriTemplate } from './uri';

/** A definition without its function ARNs, which are separate properties of the custom resource. */
export type DeclaredDefinition = Omit<RegistrationDefinition, 'lambdaArn' | 'completionHandler'>;

/** A registration is one DynamoDB item of at most 400 KB, which may temporarily include the registration that it took over. */
const MAX_BYTES = 131_072;
const MAX_DEPTH = 64;
const MAX_COMPLETION_VALUES = 1_000;

const REQUEST_EVENT = '"event": { "type": "request" }';
/** A function that completes arguments receives requests. */
export const SAME_COMPLETION_HANDLER = `needs ${REQUEST_EVENT}, because the function also receives the requests for completions: use it, or another function`;

const TYPES: readonly RegistrationType[] = ['tool', 'resource', 'prompt'];

/** Reports the errors of `body` and returns its canonical form, which is only valid without errors. `arnKeys`: the ARN keys allowed. */
export function checkDefinition(body: JsonObject, report: Report, arnKeys: readonly string[]): DeclaredDefinition {
  if (!withinBounds(body, report)) return body as unknown as DeclaredDefinition;
  const type = body.type as RegistrationType;
  if (!TYPES.includes(type)) {
    report(
      '/type',
      `${type === undefined ? 'is required and ' : ''}must be ${TYPES.map(show).join(' or ')}; got ${show(type)}`,
    );
    return body as unknown as DeclaredDefinition;
  }
  checkCharacters(body, report);
  checkMetaKeys(body._meta, '/_meta', report);
  if (body.name === undefined) report('/name', 'is required (the name that clients see)');
  checkKeys(body, type, arnKeys, report);
  const own = { tool, resource, prompt }[type](body, report);
  const merged: JsonObject = { ...body, ...own };
  checkEvent(merged, report);
  if (eventTypeOf(merged.event) === 'arguments') delete merged.event;
  const keys = KEYS[type].filter((key) => key !== 'parameters' && merged[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, merged[key]])) as unknown as DeclaredDefinition;
}

function checkKeys(body: JsonObject, type: RegistrationType, arnKeys: readonly string[], report: Report): void {
  const known = KEYS[type].filter(
    (key) => (key !== 'lambdaArn' && key !== 'completionHandler') || arnKeys.includes(key),
  );
  for (const [key, value] of Object.entries(body)) {
    if (value === undefined) continue;
    if (known.includes(key)) {
      if (has(FIELDS, key)) FIELDS[key](value, child('', key), report);
    } else if (READ_ONLY_KEYS.includes(key)) {
      report(child('', key), 'is set by the server: remove it');
    } else if (type === 'tool' && key.startsWith('completion')) {
      report(
        child('', key),
        'is not supported for tools, because MCP completes arguments of prompts and resource templates only: use enum in inputSchema',
      );
    } else {
      report(child('', key), `unknown key ${show(key)}: a ${type} has the keys ${known.join(', ')}`);
    }
  }
}

/** Checks the keys that need another event mapping, and the arguments that the mapping names. */
function checkEvent(definition: JsonObject, report: Report): void {
  const { event, asksClient, completionHandler, lambdaArn, listable } = definition;
  const type = eventTypeOf(event);
  if (asksClient !== undefined && type !== 'request') {
    report(
      '/asksClient',
      `needs ${REQUEST_EVENT}: with any other event, the function does not receive the input responses`,
    );
  }
  if (completionHandler !== undefined && completionHandler === lambdaArn && type !== 'request') {
    report('/completionHandler', SAME_COMPLETION_HANDLER);
  }
  if (listable === true && type !== 'request' && type !== 'arguments') {
    report('/listable', `needs ${REQUEST_EVENT}: the function also receives the request for the list`);
  }
  const problems: string[] = [];
  if (event !== undefined) FIELDS.event(event, '/event', (path) => problems.push(path));
  if (event !== undefined && problems.length === 0) checkEventArguments(event as EventMapping, definition, report);
}

function tool(body: JsonObject, report: Report): JsonObject {
  if (body.annotations !== undefined) toolAnnotations(body.annotations, '/annotations', report);
  const output =
    body.outputSchema === undefined
      ? {}
      : { outputSchema: checkOutputSchema(body.outputSchema, '/outputSchema', report) };
  return { ...output, ...inputOf(body, report) };
}

function inputOf({ inputSchema, parameters }: JsonObject, report: Report): JsonObject {
  if (parameters === undefined) {
    if (inputSchema === undefined) return { inputSchema: { type: 'object' } };
    return { inputSchema: checkInputSchema(inputSchema, '/inputSchema', report) };
  }
  if (inputSchema !== undefined) report('/parameters', 'cannot be combined with inputSchema: use one of them');
  if (!isObject(parameters)) {
    report('/parameters', `must be an object of parameters or a JSON Schema; got ${show(parameters)}`);
    return {};
  }
  if (!isJsonSchema(parameters)) return { inputSchema: schemaOfShorthand(parameters, '/parameters', report) };
  return { inputSchema: checkInputSchema(parameters, '/parameters', report) };
}

function resource(body: JsonObject, report: Report): JsonObject {
  if (body.annotations !== undefined) resourceAnnotations(body.annotations, '/annotations', report);
  const template = body.uriTemplate !== undefined;
  if (body.uri === undefined && !template)
    report('/uri', 'is required: use uri for one resource, or uriTemplate for several');
  if (body.uri !== undefined && template) report('/uriTemplate', 'cannot be combined with uri: use one of them');
  if (!template && body.listable !== undefined)
    report('/listable', 'needs uriTemplate: a resource with a uri is always listed');
  if (template && body.size !== undefined)
    report('/size', 'needs uri: the resources of a template have different sizes');
  if (!template && body.completionHandler !== undefined) {
    report('/completionHandler', 'needs uriTemplate: a uri has no variables to complete');
  }
  if (body.completions !== undefined) {
    const expressions = typeof body.uriTemplate === 'string' ? parseUriTemplate(body.uriTemplate)?.expressions : [];
    const names = expressions?.flatMap(({ variables }) => variables.map(({ name }) => name));
    checkCompletions(body.completions, names, 'variables of uriTemplate', report);
  }
  return {};
}

function prompt(body: JsonObject, report: Report): JsonObject {
  const own: JsonObject = {};
  if (body.arguments !== undefined) promptArguments(body.arguments, '/arguments', report);
  if (body.parameters !== undefined) {
    if (body.arguments !== undefined) report('/parameters', 'cannot be combined with arguments: use one of them');
    if (isObject(body.parameters)) {
      own.arguments = promptArgumentsOf(body.parameters, '/parameters', report);
      promptArguments(own.arguments, '/parameters', report);
    } else report('/parameters', `must be an object of parameters; got ${show(body.parameters)}`);
  }
  const declared = (own.arguments ?? body.arguments ?? []) as PromptArgument[];
  const names = Array.isArray(declared) ? declared.map((argument) => argument?.name) : [];
  names.forEach((name, index) => {
    if (typeof name === 'string' && names.indexOf(name) < index)
      report(`/arguments/${index}/name`, `${show(name)} is a duplicate`);
  });
  if (body.completions !== undefined) checkCompletions(body.completions, names, 'arguments', report);
  return own;
}

/** `names`: the names that can be completed; undefined if their own definition is invalid. */
function checkCompletions(value: unknown, names: string[] | undefined, what: string, report: Report): void {
  if (!isObject(value)) {
    report('/completions', `must be an object of arrays of strings; got ${show(value)}`);
    return;
  }
  for (const [name, values] of Object.entries(value)) {
    const path = child('/completions', name);
    if (names !== undefined && !names.includes(name)) {
      report(path, `cannot complete ${show(name)}: the ${what} are ${names.join(', ') || 'none'}`);
    }
    if (!Array.isArray(values) || !values.every((each) => typeof each === 'string' && each.length <= 1024)) {
      report(path, 'must be an array of strings of at most 1024 characters');
    } else if (values.length > MAX_COMPLETION_VALUES) {
      report(path, `has ${values.length} values, at most ${MAX_COMPLETION_VALUES} are allowed: use completionHandler`);
    }
  }
}

/** Checks size and depth, before any recursive check. */
function withinBounds(body: JsonObject, report: Report): boolean {
  if (!withinDepth(body, '', report)) return false;
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes <= MAX_BYTES) return true;
  report('', `has ${bytes} bytes of JSON, at most ${MAX_BYTES} are allowed in a registration`);
  return false;
}

function withinDepth(value: unknown, path: string, report: Report, depth = 0): boolean {
  if (depth > MAX_DEPTH) {
    report(path, `is nested more than ${MAX_DEPTH} levels deep`);
    return false;
  }
  if (typeof value !== 'object' || value === null) return true;
  if (has(value, '__proto__')) {
    report(child(path, '__proto__'), 'is not allowed as a key');
    return false;
  }
  return Object.entries(value).every(([key, each]) => withinDepth(each, child(path, key), report, depth + 1));
}
