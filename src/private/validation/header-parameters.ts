/**
 * `x-mcp-header` in a tool's `inputSchema` (MCP 2026-07-28, Streamable HTTP, "Schema Extension"): the client repeats the argument in
 * the HTTP header `Mcp-Param-<value>`. A single invalid declaration makes the whole tool invalid for clients.
 */
import { child, has, isObject, type Report, show } from './checks';
import { subschemas } from './schema-keywords';

const KEYWORD = 'x-mcp-header';
/** RFC 9110 `token`. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES = ['string', 'integer', 'boolean'];

/** Reports every invalid `x-mcp-header`. */
export function checkHeaderParameters(inputSchema: { [key: string]: unknown }, path: string, report: Report): void {
  const names = new Map<string, string>();
  const visit = (schema: unknown, location: string, reachable: boolean) => {
    if (!isObject(schema)) return;
    if (has(schema, KEYWORD)) checkDeclaration(schema, location, reachable && location !== path, names, report);
    for (const { schema: each, pointer, keyword } of subschemas(schema)) {
      visit(each, location + pointer, reachable && keyword === 'properties');
    }
  };
  visit(inputSchema, path, true);
}

function checkDeclaration(
  schema: { [key: string]: unknown },
  location: string,
  reachable: boolean,
  names: Map<string, string>,
  report: Report,
): void {
  const pointer = child(location, KEYWORD);
  const name = schema[KEYWORD];
  if (!reachable) {
    report(
      pointer,
      'is only allowed on properties, nested through "properties" alone: not at the root or under items, anyOf or $defs',
    );
  }
  if (!TYPES.includes(schema.type as string)) {
    report(pointer, `needs a property of type "string", "integer" or "boolean"; got ${show(schema.type)}`);
  }
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    report(pointer, `must be the name of an HTTP header (letters, digits and !#$%&'*+-.^_\`|~); got ${show(name)}`);
    return;
  }
  const prior = names.get(name.toLowerCase());
  if (prior !== undefined) {
    report(pointer, `${show(name)} is already declared as ${show(prior)}: header names are case-insensitive`);
  }
  names.set(name.toLowerCase(), name);
}
