/** Types and values that the rows share. */

/** A row of the table: the Markdown of its cells, and samples. */
export interface Row {
  readonly response: string;
  readonly readAs: string;
  readonly client: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** The function response as a JSON value, or the bytes that the function writes. */
  readonly value: unknown;
  readonly outputSchema?: object;
  /** The result of a tool that the client receives, entirely. */
  readonly result: object;
}

export const text = (value: string) => ({ content: [{ type: 'text', text: value }] });
export const failure = (value: string) => ({ ...text(value), isError: true });
/** Data: text for the model, and the same JSON as structured content. */
export const data = (value: unknown) => ({ ...text(JSON.stringify(value)), structuredContent: value });
/** Samples whose responses are data. */
export const asData = (...values: unknown[]): Sample[] => values.map((value) => ({ value, result: data(value) }));
export const base64 = (value: string, encoding: BufferEncoding = 'utf8') =>
  Buffer.from(value, encoding).toString('base64');
export const compressed = (bytes: Buffer, coding: string, more: object = {}) => ({
  statusCode: 200,
  headers: { 'Content-Type': 'application/json', 'Content-Encoding': coding },
  body: bytes.toString('base64'),
  isBase64Encoded: true,
  ...more,
});
export const image = { type: 'image', data: base64('png'), mimeType: 'image/png' };
export const hi = { type: 'text', text: 'hi' };
export const count = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
export const NUL = '\0'.repeat(8);
