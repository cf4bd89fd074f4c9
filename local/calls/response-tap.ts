import type { ServerResponse } from 'node:http';
import { StringDecoder } from 'node:string_decoder';

/** Longest response or event that is parsed, in characters. Lambda's limit for buffered responses is 6 MB. */
const MAX_TEXT = 8 * 1024 * 1024;

interface TapEvents {
  /** Status and headers are sent. */
  head(status: number, headers: Readonly<Record<string, string>>): void;
  /** A complete JSON body, or the data of an event. */
  message(text: string, event?: string): void;
  /** The response has ended, or the connection was closed. */
  closed(complete: boolean): void;
}

/** Reports what is written to a response, without changing it. */
export function tapResponse(res: ServerResponse, events: TapEvents): void {
  const { writeHead } = res;
  const write = res.write as (chunk: unknown, ...rest: unknown[]) => boolean;
  const end = res.end as (chunk: unknown, ...rest: unknown[]) => ServerResponse;
  let reader: Reader | undefined;
  res.writeHead = ((status: number, ...rest: unknown[]) => {
    const result = writeHead.call(res, status, ...(rest as []));
    const headers = lowerCased(rest.find((each) => typeof each === 'object'));
    reader = readerOf(headers['content-type'] ?? '', events);
    events.head(status, headers);
    return result;
  }) as typeof writeHead;
  res.write = ((chunk: unknown, ...rest: unknown[]) => {
    reader?.write(chunk);
    return write.call(res, chunk, ...rest);
  }) as typeof res.write;
  res.end = ((chunk: unknown, ...rest: unknown[]) => {
    if (typeof chunk !== 'function') reader?.write(chunk);
    reader?.end();
    return end.call(res, chunk, ...rest);
  }) as typeof res.end;
  res.once('close', () => events.closed(res.writableFinished));
}

interface Reader {
  write(chunk: unknown): void;
  end(): void;
}

function readerOf(contentType: string, events: TapEvents): Reader | undefined {
  if (contentType.startsWith('text/event-stream')) return new EventReader(events);
  return /[/+]json\b/.test(contentType) ? new JsonReader(events) : undefined;
}

/** Collects a JSON body. */
class JsonReader implements Reader {
  private readonly chunks: Buffer[] = [];
  private length = 0;

  constructor(private readonly events: TapEvents) {}

  write(chunk: unknown): void {
    const data = bytes(chunk);
    this.length += data.length;
    if (this.length <= MAX_TEXT) this.chunks.push(data);
  }

  end(): void {
    if (this.length <= MAX_TEXT) this.events.message(Buffer.concat(this.chunks).toString('utf8'));
    this.chunks.length = 0;
  }
}

/** Reads the events of an event stream. */
class EventReader implements Reader {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';
  private event: string | undefined;
  private data: string[] = [];
  private length = 0;

  constructor(private readonly events: TapEvents) {}

  write(chunk: unknown): void {
    const lines = (this.rest + this.decoder.write(bytes(chunk))).split(/\r?\n/);
    this.rest = lines.pop()!;
    if (this.rest.length > MAX_TEXT) this.rest = '';
    for (const line of lines) this.line(line);
  }

  end(): void {
    this.line('');
  }

  private line(line: string): void {
    if (line === '') {
      if (this.data.length > 0 && this.length <= MAX_TEXT) this.events.message(this.data.join('\n'), this.event);
      this.data = [];
      this.event = undefined;
      this.length = 0;
      return;
    }
    const [, field, value = ''] = /^(event|data): ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') this.event = value;
    if (field !== 'data') return;
    this.length += value.length;
    if (this.length <= MAX_TEXT) this.data.push(value);
  }
}

function bytes(chunk: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.alloc(0);
}

function lowerCased(headers: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries((headers ?? {}) as object).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
