/** Writes the path of an HTTP request. No value can change which route the path belongs to. */
import { type HttpEvent, parameterOf, parsePath } from '../../../src/private/event.js';
import type { JsonObject } from '../../../src/private/registration.js';
import { ownValue } from '../../shared/json.js';
import { InvalidArguments } from './invalid-arguments.js';
import { percentEncode, type Style, writeText } from './parameter-styles.js';

interface HttpPath {
  /** The percent-encoded path, as REST APIs and function URLs pass it on. */
  readonly path: string;
  /** The decoded values. */
  readonly pathParameters: Readonly<Record<string, string>>;
  /** The arguments that the path has. */
  readonly placed: readonly string[];
}

const CONTROL = /\p{Cc}/u;
/** How many times a value may be encoded: a handler behind several decoders must not see a dot segment. */
const MAX_DECODINGS = 4;

export function httpPath(event: HttpEvent, args: JsonObject): HttpPath {
  const { literals, parameters } = parsePath(event.path);
  const declared = (event.pathParameters ?? []).map(parameterOf);
  const pathParameters: Record<string, string> = {};
  let path = literals[0]!;
  const placed = parameters.map(({ name, greedy }, index) => {
    const {
      argument,
      style = 'simple',
      explode = false,
    } = declared.find((each) => each.name === name) ?? { argument: name };
    const { value, encoded } = writeValue({ name, style, explode }, argument, ownValue(args, argument), greedy);
    Object.defineProperty(pathParameters, name, { value, enumerable: true });
    path += encoded + literals[index + 1]!;
    if (hasDotSegment(path)) throw new InvalidArguments(argument, 'must not make a segment "." or ".." of the path');
    return argument;
  });
  return { path, pathParameters, placed };
}

function writeValue(style: Style, argument: string, value: unknown, greedy: boolean) {
  if (value === undefined || value === null)
    throw new InvalidArguments(argument, 'is required: it is part of the path');
  const text = writeText(style, value, (each) => each);
  if (text === '') throw new InvalidArguments(argument, 'must not be empty: it is part of the path');
  if (CONTROL.test(text)) throw new InvalidArguments(argument, 'has a control character, which a path cannot have');
  const encode = greedy ? (each: string) => each.split('/').map(percentEncode).join('/') : percentEncode;
  return { value: text, encoded: writeText(style, value, encode) };
}

/** Whether a path has a segment `.` or `..`, in any decoding, with slashes or backslashes, and with path parameters (`..;a`). */
function hasDotSegment(path: string): boolean {
  let text = path;
  for (let decodings = 0; decodings <= MAX_DECODINGS; decodings++) {
    if (text.split(/[/\\]/).some((segment) => /^\.\.?(?:;.*)?$/s.test(segment))) return true;
    const decoded = text.replace(/(?:%[0-9a-f]{2})+/gi, decode);
    if (decoded === text) return false;
    text = decoded;
  }
  return true;
}

function decode(text: string): string {
  return Buffer.from(text.replaceAll('%', ''), 'hex').toString('latin1');
}
