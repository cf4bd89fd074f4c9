/** The trace of a request, as in the header `X-Amzn-Trace-Id`. */
export interface TraceHeader {
  /** Id of the trace: the same in everything that a request causes. */
  readonly root: string;
  /** Id of the span that sent the request, 16 hexadecimal digits. */
  readonly parent?: string;
}

/** Returns the trace id of a request to API Gateway. */
export function rootOf(requestId: string): string {
  const hex = requestId.replaceAll('-', '');
  return `1-${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** Returns the span id of an invocation. */
export function spanOf(requestId: string): string {
  return requestId.replaceAll('-', '').slice(0, 16);
}

/** Parses a header; undefined if it has no trace id. */
export function parseTrace(header: string | string[] | undefined): TraceHeader | undefined {
  const fields = new Map(
    String(header ?? '')
      .split(';')
      .map((field) => field.trim().split('=', 2) as [string, string]),
  );
  const [root, parent] = [fields.get('Root'), fields.get('Parent')];
  return root ? { root, ...(parent && { parent }) } : undefined;
}

export function formatTrace({ root, parent }: TraceHeader): string {
  return parent === undefined ? `Root=${root}` : `Root=${root};Parent=${parent};Sampled=0`;
}
