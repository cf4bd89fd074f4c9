/** A value in a text of JSON with comments, with its position. */
export type Node =
  | { readonly type: 'object'; readonly start: number; readonly end: number; readonly members: readonly MemberNode[] }
  | { readonly type: 'array'; readonly start: number; readonly end: number; readonly items: readonly Node[] }
  | { readonly type: 'scalar'; readonly start: number; readonly end: number; readonly value: unknown };

export interface MemberNode {
  readonly key: string;
  readonly value: Node;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: strings cannot contain them
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const WORDS: ReadonlyArray<readonly [string, unknown]> = [
  ['true', true],
  ['false', false],
  ['null', null],
];
const SPACE = /(?:[\s\ufeff]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;

/**
 * Parses JSON with comments and trailing commas, as VS Code writes it.
 * @throws if the text is not valid, with line and column
 */
export function parseJsonc(text: string): Node {
  return new Parser(text).document();
}

/** Returns the value of a node. */
export function toValue(node: Node): unknown {
  if (node.type === 'scalar') return node.value;
  if (node.type === 'array') return node.items.map(toValue);
  return Object.fromEntries(node.members.map(({ key, value }) => [key, toValue(value)]));
}

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): Node {
    this.space();
    const node = this.value();
    this.space();
    if (this.at < this.text.length) this.fail('expected the end of the file');
    return node;
  }

  private value(): Node {
    const start = this.at;
    if (this.take('{')) return { type: 'object', start, members: this.list('}', () => this.member()), end: this.at };
    if (this.take('[')) return { type: 'array', start, items: this.list(']', () => this.value()), end: this.at };
    const string = this.match(STRING);
    if (string !== undefined) return { type: 'scalar', start, end: this.at, value: JSON.parse(string) };
    const number = this.match(NUMBER);
    if (number !== undefined) return { type: 'scalar', start, end: this.at, value: Number(number) };
    for (const [word, value] of WORDS) if (this.take(word)) return { type: 'scalar', start, end: this.at, value };
    return this.fail('expected a value');
  }

  private member(): MemberNode {
    const key = this.match(STRING);
    if (key === undefined) return this.fail('expected a name in double quotes');
    this.space();
    if (!this.take(':')) this.fail('expected ":"');
    this.space();
    return { key: JSON.parse(key) as string, value: this.value() };
  }

  /** Parses a list up to its closing bracket. A comma after the last item is allowed. */
  private list<T>(close: string, parse: () => T): T[] {
    const items: T[] = [];
    for (;;) {
      this.space();
      if (this.take(close)) return items;
      items.push(parse());
      this.space();
      if (this.take(',')) continue;
      if (!this.take(close)) this.fail(`expected "," or "${close}"`);
      return items;
    }
  }

  private space(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.text);
    this.at = SPACE.lastIndex;
  }

  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private fail(problem: string): never {
    const before = this.text.slice(0, this.at).split('\n');
    throw new Error(`line ${before.length}, column ${before.at(-1)!.length + 1}: ${problem}`);
  }
}
