import type { RecordedValue } from './call.js';

/** Longest JSON text that is kept as a value, in characters. */
export const MAX_VALUE = 65_536;
const REPLACEMENT = '[secret]';
/** Tokens that are replaced in all records: bearer tokens and JSON Web Tokens. */
const TOKENS = /\b(Bearer\s+)[\w.~+/-]{8,}=*|\beyJ[\w-]{8,}\.eyJ[\w-]+\.[\w-]*/gi;
/** Request headers whose values are secrets. */
const SECRET_HEADERS = ['authorization', 'x-api-key', 'cookie', 'x-amz-security-token', 'proxy-authorization'];
/** Shortest header value that is searched for. Shorter ones would replace ordinary text. */
const MIN_SECRET = 6;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Replaces the secrets of one request, and tokens, in text. */
export class SecretFilter {
  private readonly secrets: readonly string[];

  constructor(headers: Headers = {}) {
    this.secrets = SECRET_HEADERS.flatMap((name) => [headers[name] ?? []].flat())
      .flatMap((value) => [value, ...value.split(/\s+/)])
      .filter((value) => value.length >= MIN_SECRET && !/^(bearer|basic)$/i.test(value))
      .sort((a, b) => b.length - a.length);
  }

  text(text: string): string {
    let result = text;
    for (const secret of this.secrets) result = result.replaceAll(secret, REPLACEMENT);
    return result.replace(TOKENS, (_, bearer: string | undefined) => `${bearer ?? ''}${REPLACEMENT}`);
  }

  /** Records a JSON value. */
  value(value: unknown): RecordedValue | undefined {
    const json = JSON.stringify(value);
    if (json === undefined) return undefined;
    const { length } = json;
    if (length > MAX_VALUE) return { text: this.text(json.slice(0, MAX_VALUE)), length };
    const text = this.text(json);
    return { value: text === json ? value : parse(text), length };
  }
}

/** Returns the number of characters that are kept of a value. */
export function keptLength(recorded: RecordedValue | undefined): number {
  return Math.min(recorded?.length ?? 0, MAX_VALUE);
}

/** Parses JSON whose secrets were replaced. A secret with JSON syntax leaves invalid JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
