/** `parameters`, the design document's way to declare arguments: a shorthand, or JSON Schema. */
import type { JsonObject, PromptArgument } from '../registration';
import { child, has, isObject, type Report, show } from './checks';

const SCALARS = ['string', 'number', 'boolean'];
const WAY_OUT = 'for anything else write JSON Schema as inputSchema';

/** Whether `parameters` is JSON Schema; else it is the shorthand. */
export function isJsonSchema(parameters: JsonObject): boolean {
  return (
    (parameters.type === 'object' && isObject(parameters.properties)) ||
    has(parameters, '$schema') ||
    has(parameters, '$ref')
  );
}

/**
 * The shorthand as JSON Schema. A value is `"string"`, `"number"` or `"boolean"`, or an object with one of these as `type`,
 * or `{ "type": "array", "items" }` or `{ "type": "object", "properties" }`; `"optional": true` beside `type`.
 */
export function schemaOfShorthand(parameters: JsonObject, path: string, report: Report): JsonObject {
  return objectSchema(parameters, path, report, 0);
}

/** The arguments of a prompt that were declared as `parameters`. MCP passes prompt arguments as strings. */
export function promptArgumentsOf(parameters: JsonObject, path: string, report: Report): PromptArgument[] {
  const shorthand = !isJsonSchema(parameters);
  const members = shorthand ? parameters : (parameters.properties ?? {});
  if (!isObject(members)) {
    report(path, 'has no properties to take the arguments from: write them as arguments');
    return [];
  }
  const membersPath = shorthand ? path : child(path, 'properties');
  const required = Array.isArray(parameters.required) ? parameters.required : [];
  return Object.entries(members).map(([name, value]) => {
    const declared = typeof value === 'string' ? { type: value } : value;
    if (!isObject(declared) || declared.type !== 'string') {
      report(child(membersPath, name), `must be "string", for MCP passes prompt arguments as text; got ${show(value)}`);
      return { name };
    }
    if (shorthand) refuseOtherKeys(declared, ['type', 'optional'], child(membersPath, name), report);
    return {
      name,
      ...(declared.title === undefined ? {} : { title: declared.title as string }),
      ...(declared.description === undefined ? {} : { description: declared.description as string }),
      required: shorthand ? declared.optional !== true : required.includes(name),
    };
  });
}

function objectSchema(members: JsonObject, path: string, report: Report, depth: number): JsonObject {
  const properties = Object.entries(members).map(([name, value]) => {
    return [name, valueSchema(value, child(path, name), report, depth + 1)] as const;
  });
  const required = Object.keys(members).filter((name) => {
    const value = members[name];
    return !(isObject(value) && value.optional === true);
  });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function valueSchema(value: unknown, path: string, report: Report, depth: number): JsonObject {
  if (depth > 16) {
    report(path, `is nested more than 16 levels deep: ${WAY_OUT}`);
    return {};
  }
  if (typeof value === 'string' && SCALARS.includes(value)) return { type: value };
  if (!isObject(value) || typeof value.type !== 'string') {
    report(
      path,
      `must be "string", "number" or "boolean", or an object with such a type; got ${show(value)}: ${WAY_OUT}`,
    );
    return {};
  }
  if (value.optional !== undefined && typeof value.optional !== 'boolean') {
    report(child(path, 'optional'), `must be true or false; got ${show(value.optional)}`);
  }
  if (value.type === 'array') {
    refuseOtherKeys(value, ['type', 'items', 'optional'], path, report);
    return { type: 'array', items: valueSchema(value.items, child(path, 'items'), report, depth + 1) };
  }
  if (value.type === 'object') {
    refuseOtherKeys(value, ['type', 'properties', 'optional'], path, report);
    if (isObject(value.properties)) return objectSchema(value.properties, child(path, 'properties'), report, depth + 1);
    report(child(path, 'properties'), `must be an object of parameters; got ${show(value.properties)}`);
    return {};
  }
  refuseOtherKeys(value, ['type', 'optional'], path, report);
  if (!SCALARS.includes(value.type)) {
    report(
      child(path, 'type'),
      `must be one of ${[...SCALARS, 'array', 'object'].map(show).join(', ')}; got ${show(value.type)}: ${WAY_OUT}`,
    );
  }
  return { type: value.type };
}

function refuseOtherKeys(value: JsonObject, known: string[], path: string, report: Report): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) report(child(path, key), `unknown key ${show(key)} in the shorthand: ${WAY_OUT}`);
  }
}
