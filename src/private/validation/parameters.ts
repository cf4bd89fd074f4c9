/** `parameters`, which the original design document uses to declare arguments: a shorthand, or JSON Schema. */
import type { JsonObject, PromptArgument } from '../registration';
import { child, has, isObject, type Report, show } from './checks';

const SCALARS = ['string', 'number', 'boolean'];
const SCHEMA_ADVICE = 'for anything else, use JSON Schema in inputSchema';

/** Whether `parameters` is JSON Schema. Otherwise it is the shorthand. */
export function isJsonSchema(parameters: JsonObject): boolean {
  return (
    (parameters.type === 'object' && isObject(parameters.properties)) ||
    has(parameters, '$schema') ||
    has(parameters, '$ref')
  );
}

/**
 * Converts the shorthand to JSON Schema. A value is `"string"`, `"number"` or `"boolean"`, an object with one of these as `type`,
 * `{ "type": "array", "items" }`, or `{ "type": "object", "properties" }`. Objects may have `"optional": true`.
 */
export function schemaOfShorthand(parameters: JsonObject, path: string, report: Report): JsonObject {
  return objectSchema(parameters, path, report, 0);
}

/** Converts `parameters` to the arguments of a prompt. They must be strings, because MCP passes prompt arguments as text. */
export function promptArgumentsOf(parameters: JsonObject, path: string, report: Report): PromptArgument[] {
  const shorthand = !isJsonSchema(parameters);
  const members = shorthand ? parameters : (parameters.properties ?? {});
  if (!isObject(members)) {
    report(path, 'has no properties: use arguments instead');
    return [];
  }
  const membersPath = shorthand ? path : child(path, 'properties');
  const required = Array.isArray(parameters.required) ? parameters.required : [];
  return Object.entries(members).map(([name, value]) => {
    const declared = typeof value === 'string' ? { type: value } : value;
    if (!isObject(declared) || declared.type !== 'string') {
      report(
        child(membersPath, name),
        `must be "string", because MCP passes prompt arguments as text; got ${show(value)}`,
      );
      return { name };
    }
    if (shorthand) rejectOtherKeys(declared, ['type', 'optional'], child(membersPath, name), report);
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
    report(path, `is nested more than 16 levels deep: ${SCHEMA_ADVICE}`);
    return {};
  }
  if (typeof value === 'string' && SCALARS.includes(value)) return { type: value };
  if (!isObject(value) || typeof value.type !== 'string') {
    report(
      path,
      `must be "string", "number" or "boolean", or an object with such a type; got ${show(value)}: ${SCHEMA_ADVICE}`,
    );
    return {};
  }
  if (value.optional !== undefined && typeof value.optional !== 'boolean') {
    report(child(path, 'optional'), `must be true or false; got ${show(value.optional)}`);
  }
  if (value.type === 'array') {
    rejectOtherKeys(value, ['type', 'items', 'optional'], path, report);
    return { type: 'array', items: valueSchema(value.items, child(path, 'items'), report, depth + 1) };
  }
  if (value.type === 'object') {
    rejectOtherKeys(value, ['type', 'properties', 'optional'], path, report);
    if (isObject(value.properties)) return objectSchema(value.properties, child(path, 'properties'), report, depth + 1);
    report(child(path, 'properties'), `must be an object of parameters; got ${show(value.properties)}`);
    return {};
  }
  rejectOtherKeys(value, ['type', 'optional'], path, report);
  if (!SCALARS.includes(value.type)) {
    report(
      child(path, 'type'),
      `must be one of ${[...SCALARS, 'array', 'object'].map(show).join(', ')}; got ${show(value.type)}: ${SCHEMA_ADVICE}`,
    );
  }
  return { type: value.type };
}

function rejectOtherKeys(value: JsonObject, known: string[], path: string, report: Report): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) report(child(path, key), `unknown key ${show(key)} in the shorthand: ${SCHEMA_ADVICE}`);
  }
}
