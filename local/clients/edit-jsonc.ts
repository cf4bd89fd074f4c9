import { type Node, parseJsonc } from './jsonc.js';

type Container = Extract<Node, { type: 'object' | 'array' }>;

/**
 * Sets a member of an object in a text of JSON with comments. Everything else stays as it is: other members, comments, indentation.
 * @param path names of the objects on the way, and of the member; missing objects are created
 * @throws if the text is not valid, or if something on the way is not an object
 */
export function setMember(text: string, path: readonly string[], value: unknown): string {
  let node = parseJsonc(text);
  for (const [index, key] of path.entries()) {
    if (node.type !== 'object') throw new Error(`${place(path.slice(0, index))} is not an object`);
    const member = node.members.findLast((each) => each.key === key);
    if (!member) {
      const nested = path.slice(index + 1).reduceRight((inner, name) => ({ [name]: inner }), value);
      return insert(text, node, `${JSON.stringify(key)}: `, nested);
    }
    node = member.value;
  }
  return text.slice(0, node.start) + format(text, value, indentAt(text, node.start)) + text.slice(node.end);
}

/**
 * Sets an item of a list, which has an `id`: replaces the item with the same id, or appends it.
 * @param key name of the list in the root object
 */
export function setItem(text: string, key: string, item: { readonly id: string }): string {
  const root = parseJsonc(text);
  const list = root.type === 'object' ? root.members.findLast((each) => each.key === key)?.value : undefined;
  if (!list) return setMember(text, [key], [item]);
  if (list.type !== 'array') throw new Error(`${place([key])} is not a list`);
  const known = list.items.find((each) => each.type === 'object' && idOf(each) === item.id);
  if (!known) return insert(text, list, '', item);
  return text.slice(0, known.start) + format(text, item, indentAt(text, known.start)) + text.slice(known.end);
}

function idOf(node: Extract<Node, { type: 'object' }>): unknown {
  const id = node.members.find(({ key }) => key === 'id')?.value;
  return id?.type === 'scalar' ? id.value : undefined;
}

/** Inserts a member or an item at the end of an object or list. */
function insert(text: string, container: Container, prefix: string, value: unknown): string {
  const outer = indentAt(text, container.start);
  const indent = outer + indentUnit(text);
  const newline = eol(text);
  const added = `${newline}${indent}${prefix}${format(text, value, indent)}`;
  const close = container.end - 1;
  const end = text.slice(0, close).trimEnd().length; // after comments
  const gap = text.slice(end, close).includes('\n') ? text.slice(end, close) : `${newline}${outer}`;
  const parts = container.type === 'object' ? container.members.map((each) => each.value) : container.items;
  const last = parts.at(-1)?.end;
  if (last === undefined) return text.slice(0, end) + added + gap + text.slice(close);
  const hasComma = withoutComments(text.slice(last, close)).includes(',');
  const comma = hasComma ? '' : ',';
  return `${text.slice(0, last)}${comma}${text.slice(last, end)}${added}${hasComma ? ',' : ''}${gap}${text.slice(close)}`;
}

function withoutComments(text: string): string {
  return text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '');
}

function format(text: string, value: unknown, indent: string): string {
  return JSON.stringify(value, null, indentUnit(text)).replaceAll('\n', eol(text) + indent);
}

/** Returns the indentation of the line at a position. */
function indentAt(text: string, position: number): string {
  const line = text.lastIndexOf('\n', position - 1) + 1;
  return /^[ \t]*/.exec(text.slice(line))![0];
}

/** Returns the indentation of the first indented line; two spaces if there is none. */
function indentUnit(text: string): string {
  return /\n([ \t]+)["{[\]]/.exec(text)?.[1] ?? '  ';
}

function eol(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function place(path: readonly string[]): string {
  return path.length === 0 ? 'its content' : path.join('.');
}
