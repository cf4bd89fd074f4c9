import { PROTOCOL_VERSION_META_KEY } from '@modelcontextprotocol/server';
import type { JsonObject } from '../../src/private/registration.js';
import { JSON_RPC_ERROR } from '../protocol/json-rpc.js';
import type { Catalog } from '../registry/catalog.js';
import { isExactNumber, sameNumber } from '../shared/exact-json.js';
import { decodeHeader } from '../shared/header-value.js';
import { isObject, ownValue } from '../shared/json.js';
import { rpcError } from './rpc-error.js';

const KEYWORD = 'x-mcp-header';

/** A tool argument that a client must also send as a header. */
interface Declaration {
  readonly header: string;
  readonly path: readonly string[];
  readonly numeric: boolean;
}

const declarations = new WeakMap<JsonObject, readonly Declaration[]>();

/**
 * Rejects a 2026 `tools/call` whose `Mcp-Param-*` headers differ from its arguments. Gateways may decide by the headers, so the server
 * must compare them with the body it acts on. The MCP SDK does so only in its high-level server.
 */
export async function paramHeaderMismatch(
  body: unknown,
  headers: Readonly<Record<string, string>>,
  catalog: () => Promise<Catalog>,
): Promise<Response | undefined> {
  if (!isObject(body) || body.method !== 'tools/call' || !isObject(body.params)) return undefined;
  const { _meta, name, arguments: args } = body.params;
  if (!isObject(_meta) || !(PROTOCOL_VERSION_META_KEY in _meta)) return undefined;
  const tool = (await catalog()).tools.find((each) => each.name === name);
  if (!tool?.inputSchema) return undefined;
  for (const declaration of declarationsOf(tool.inputSchema)) {
    const problem = problemOf(declaration, args, headers);
    if (!problem) continue;
    const header = `Mcp-Param-${declaration.header}`;
    const data = { mismatch: { header, body: declaration.path.join('.') } };
    return rpcError(400, JSON_RPC_ERROR.HEADER_MISMATCH, `header ${header} ${problem}`, { id: body.id, data });
  }
  return undefined;
}

function declarationsOf(schema: JsonObject): readonly Declaration[] {
  let found = declarations.get(schema);
  if (!found) {
    found = collect(schema, []);
    declarations.set(schema, found);
  }
  return found;
}

/** Collects the annotations of nested properties. Registration rejects the annotation anywhere else. */
function collect(schema: JsonObject, path: readonly string[]): Declaration[] {
  const header = schema[KEYWORD];
  const numeric = schema.type === 'integer' || schema.type === 'number';
  const annotated = typeof header === 'string' && path.length > 0 ? [{ header, path, numeric }] : [];
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  return [
    ...annotated,
    ...properties.flatMap(([key, child]) => (isObject(child) ? collect(child, [...path, key]) : [])),
  ];
}

function problemOf(
  { header, path, numeric }: Declaration,
  args: unknown,
  headers: Readonly<Record<string, string>>,
): string | undefined {
  const value = path.reduce<unknown>((node, key) => (isObject(node) ? ownValue(node, key) : undefined), args);
  const isPrimitive = ['string', 'number', 'boolean'].includes(typeof value) || isExactNumber(value);
  if (!isPrimitive) return undefined; // no header required
  const given = ownValue(headers, `mcp-param-${header.toLowerCase()}`);
  if (given === undefined) return `is missing: it must repeat the argument ${path.join('.')}`;
  const decoded = decodeHeader(given);
  if (decoded === undefined) return 'is not valid base64 of UTF-8 text';
  const text = isExactNumber(value) ? value.rawJSON : String(value);
  const equal = decoded === text || (numeric && typeof value !== 'string' && sameNumber(decoded, text));
  return equal ? undefined : `differs from the argument ${path.join('.')}`;
}
