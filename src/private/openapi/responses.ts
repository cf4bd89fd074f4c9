/** The output schema of a tool: what the JSON responses of success have, if all of them are objects. */
import { isObject } from '../validation/checks';
import type { Documents } from './documents';
import { preferred } from './media-types';
import { at, keyOf, members, type Place, where } from './place';
import type { Schema, SchemaConverter } from './schema';

/**
 * The schema of an operation's successes; undefined if one of them has another result than a JSON object. MCP demands that every
 * result of a tool with an output schema fits it.
 */
export function convertResponses(
  operation: Place,
  converter: SchemaConverter,
  documents: Documents,
): Schema | undefined {
  const successes = members(at(operation, 'responses')).filter((response) => /^2(?:\d\d|XX)$/i.test(keyOf(response)));
  const schemas = successes.map((response) => {
    const media = preferred(at(documents.resolve(response), 'content'));
    return media?.kind === 'json' ? at(media.place, 'schema') : undefined;
  });
  if (schemas.length === 0 || !schemas.every((each) => each !== undefined && isObjectSchema(each, documents)))
    return undefined;
  const distinct = new Map(schemas.map((each) => [where(documents.resolve(each!)), each!]));
  const [first, ...others] = distinct.values();
  const root =
    others.length === 0 ? converter.root(first) : { anyOf: [first, ...others].map((each) => converter.convert(each)) };
  const $defs = Object.keys(converter.defs).length > 0 ? { $defs: converter.defs } : {};
  return { ...root, type: 'object', ...$defs };
}

/** Whether a schema allows nothing but objects. */
function isObjectSchema(place: Place, documents: Documents, seen: Set<string> = new Set()): boolean {
  if (!isObject(place.value) || place.value.nullable === true) return false;
  const schema = documents.resolve(place);
  if (!isObject(schema.value) || seen.has(where(schema)) || schema.value.nullable === true) return false;
  seen.add(where(schema));
  const { type, properties } = schema.value;
  if (type !== undefined) return type === 'object';
  const parts = (keyword: string) => members(at(schema, keyword)).map((each) => isObjectSchema(each, documents, seen));
  const alternatives = [...parts('oneOf'), ...parts('anyOf')];
  return (
    properties !== undefined ||
    parts('allOf').includes(true) ||
    (alternatives.length > 0 && !alternatives.includes(false))
  );
}
