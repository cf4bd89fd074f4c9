/**
 * `x-mcp-header` in a tool's `inputSchema` (MCP 2026-07-28, Streamable HTTP, "Schema Extension"): the client repeats that
 * argument in the HTTP header `Mcp-Param-<value>`. One wrong declaration makes the whole tool invalid for clients.
 */
import { child, has, isObject, type Report, show } from './checks';
import { subschemas } from './schema-keywords';

const KEYWORD = 'x-mcp-header';
/** RFC 9110 `token`. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES = ['string', 'integer', 'boolean'];

/** Reports every `x-mcp-header` that breaks a rule. */
export function checkHeaderParameters(inputSchema: { [key: string]: unknown }, path: string, report: Report): void {
  const names = new Map<string, string>();
  const visit = (schema: unknown, at: string, reachable: boolean) => {
    if (!isObject(schema)) return;
    if (has(schema, KEYWORD)) checkDeclaration(schema, at, reachable && at !== path, names, report);
    for (const { schema: each, pointer, keyword } of subschemas(schema)) {
      visit(each, at + pointer, reachable && keyword === 'properties');
    }
  };
  visit(inputSchema, path, true);
}

function checkDeclaration(
  schema: { [key: string]: unknown },
  at: string,
  reachable: boolean,
  names: Map<string, string>,
  report: Report,
): void {
  const pointer = child(at, KEYWORD);
  const name = schema[KEYWORD];
  if (!reachable) {
    report(
      pointer,
      'is allowed only where properties alone lead, not at the root or under items, anyOf, $defs or the like',
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
    report(pointer, `${show(name)} is declared twice (as ${show(prior)} before; case does not count)`);
  }
  names.set(name.toLowerCase(), name);
}
