type Schema = Record<string, any>;

/** Longest list of allowed values in a signature. */
const MAX_ENUM = 5;
const MAX_DEPTH = 2;

/** Returns the arguments of a tool in the notation of TypeScript: `(sku: string, count?: integer)`. */
export function toolArguments(inputSchema: Schema | undefined): string {
  const required = new Set<string>(inputSchema?.required ?? []);
  const members = Object.entries<Schema>(inputSchema?.properties ?? {});
  // required arguments first
  members.sort(([a], [b]) => Number(required.has(b)) - Number(required.has(a)));
  return `(${members.map(([name, schema]) => `${name}${required.has(name) ? '' : '?'}: ${typeOf(schema)}`).join(', ')})`;
}

/** Returns the arguments of a prompt: `(sku, tone?)`. */
export function promptArguments(args: ReadonlyArray<{ name: string; required?: boolean }> = []): string {
  return `(${args.map(({ name, required }) => `${name}${required ? '' : '?'}`).join(', ')})`;
}

/** Returns the first sentence or line of a description. */
export function summaryOf(description: string | undefined): string {
  return (
    description
      ?.split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

function typeOf(schema: Schema | boolean | undefined, depth = 0): string {
  if (typeof schema !== 'object' || schema === null) return 'any';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return alternatives(schema.enum.map((each) => JSON.stringify(each)));
  const union: unknown = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(union)) return alternatives(union.map((each) => typeOf(each, depth)));
  const types: string[] = [schema.type ?? []].flat();
  if (types.length === 0) return 'any';
  return alternatives(types.map((type) => simpleType(type, schema, depth)));
}

function simpleType(type: string, schema: Schema, depth: number): string {
  if (type === 'array') {
    const item = typeOf(schema.items, depth);
    return item.includes('|') ? `(${item})[]` : `${item}[]`;
  }
  if (type !== 'object' || depth >= MAX_DEPTH || schema.properties === undefined) return type;
  const required = new Set<string>(schema.required ?? []);
  const members = Object.entries<Schema>(schema.properties).map(
    ([name, member]) => `${name}${required.has(name) ? '' : '?'}: ${typeOf(member, depth + 1)}`,
  );
  return `{ ${members.join(', ')} }`;
}

function alternatives(types: readonly string[]): string {
  const unique = [...new Set(types)];
  return unique.length > MAX_ENUM ? `${unique.slice(0, MAX_ENUM).join(' | ')} | …` : unique.join(' | ');
}
