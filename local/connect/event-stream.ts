/** One event of a `text/event-stream` body, as far as it says anything. */
export interface StreamEvent {
  /** What to come back with, where the event has one. */
  readonly id?: string;
  readonly data?: string;
  /** Milliseconds after which to come back, where the server says so. */
  readonly retry?: number;
}

/** The events of a `text/event-stream` body. */
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
