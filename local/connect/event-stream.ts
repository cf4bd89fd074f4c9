/** One event of a `text/event-stream` body. Empty fields are absent. */
interface StreamEvent {
  /** The `Last-Event-ID` for a reconnect. */
  readonly id?: string;
  readonly data?: string;
  /** Reconnection time in milliseconds. */
  readonly retry?: number;
}

/** Parses a `text/event-stream` body. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  let buffer = '';
  let fields: Array<[name: string, value: string]> = [];
  for await (const chunk of body) {
    buffer += decoder.decode(chunk, { stream: true });
    const lines = buffer.split(/\r\n|\n|\r(?!$)/);
    buffer = lines.pop()!;
    for (const line of lines) {
      const [, name, value] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
      if (name) fields.push([name, value ?? '']);
      else if (line === '' && fields.length > 0) {
        yield eventOf(fields);
        fields = [];
      }
    }
  }
}

function eventOf(fields: ReadonlyArray<readonly [string, string]>): StreamEvent {
  const last = (name: string) => fields.findLast(([each]) => each === name)?.[1];
  const data = fields.filter(([name]) => name === 'data').map(([, value]) => value);
  const [id, retry] = [last('id'), last('retry')];
  return {
    ...(id && { id }),
    ...(data.join('') && { data: data.join('\n') }),
    ...(retry && /^\d+$/.test(retry) && { retry: Number(retry) }),
  };
}
