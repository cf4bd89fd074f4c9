/**
 * Most levels of arrays and objects in JSON from outside: clients, handlers, queues and the registry. Code that visits values recursively
 * relies on it.
 */
export const MAX_JSON_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{` have the same code but for one bit, and so do `]` and `}`. */
const BRACE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** JSON is nested too deeply. The message continues a sentence: "is nested more than 64 levels deep". */
export class JsonTooDeep extends Error {
  constructor(maxDepth: number) {
    super(`is nested more than ${maxDepth} levels deep`);
  }
}

/**
 * Checks how deep a JSON text is nested, before it is parsed. Takes time in proportion to its length, for any text.
 *
 * @throws JsonTooDeep if it is nested more than `maxDepth` levels deep
 */
export function checkJsonDepth(text: string, maxDepth = MAX_JSON_DEPTH): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++) if (text.charCodeAt(at) === BACKSLASH) at++;
    } else if ((code | BRACE_BIT) === OPEN) {
      depth += 1;
      if (depth > maxDepth) throw new JsonTooDeep(maxDepth);
    } else if ((code | BRACE_BIT) === CLOSE) depth -= 1;
  }
}
