const TYPES = ['application/json', 'text/event-stream'] as const;

/** A media type that the server sends. */
type ResponseType = (typeof TYPES)[number];

/** Whether an `Accept` header allows a media type. The most specific range decides. A missing or empty header allows every type. */
export function accepts(header: string | undefined, type: ResponseType): boolean {
  if (!header?.trim()) return true;
  const ranges = header.toLowerCase().split(',').map(parseRange);
  const candidates = [type, `${type.split('/', 1)[0]}/*`, '*/*'];
  const match = candidates.map((name) => ranges.find((range) => range.name === name)).find((range) => range);
  return match?.allowed ?? false;
}

/** The `Accept` header in the form that the MCP SDK compares: the types by name, without wildcards. */
export function explicitAccept(header: string | undefined): string | undefined {
  const allowed = TYPES.filter((type) => accepts(header, type));
  return allowed.length > 0 ? allowed.join(', ') : header;
}

function parseRange(range: string): { readonly name: string; readonly allowed: boolean } {
  const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
  return { name, allowed: !parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter)) };
}
