/** Writes the path of an HTTP request. No value can change which route the path belongs to. */
import { type HttpEvent, parameterOf, parsePath } from '../../../src/private/event.js';
import type { JsonObject } from '../../../src/private/registration.js';
import { isObject } from '../../shared/json.js';
import { argumentOf, InvalidArguments } from './invalid-arguments.js';
import { percentEncode, type Style, wellFormed, writeText } from './parameter-styles.js';

interface HttpPath {
  /** The percent-encoded path, as REST APIs and function URLs pass it on. */
  readonly path: string;
  /** The decoded values. */
  readonly pathParameters: Readonly<Record<string, string>>;
  /** The arguments that the path has. */
  readonly placed: readonly string[];
}

const CONTROL = /\p{Cc}/u;
/** How many times a value may be encoded: a handler behind several decoders must not see a dot segment, or another segment. */
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
    const { value, encoded } = writeValue({ name, style, explode }, argument, argumentOf(args, argument), greedy);
    Object.defineProperty(pathParameters, name, { value, enumerable: true });
    path += encoded + literals[index + 1]!;
    if (hasDotSegment(path)) throw new InvalidArguments(argument, 'must not make a segment "." or ".." of the path');
    if (!greedy && hasSlash(value))
      throw new InvalidArguments(argument, 'must not have a slash or backslash: it is one segment of the path');
    return argument;
  });
  return { path, pathParameters, placed };
}

function writeValue(style: Style, argument: string, value: unknown, greedy: boolean) {
  if (value === undefined || value === null)
    throw new InvalidArguments(argument, 'is required: it is part of the path');
  const text = writeText(style, value, wellFormed);
  if (text === '' || isEmpty(value)) throw new InvalidArguments(argument, 'must not be empty: it is part of the path');
  if (CONTROL.test(text)) throw new InvalidArguments(argument, 'has a control character, which a path cannot have');
  const encode = greedy ? (each: string) => each.split('/').map(percentEncode).join('/') : percentEncode;
  return { value: text, encoded: writeText(style, value, encode) };
}

/** Whether a list or object has no values: some styles write a separator for it. */
function isEmpty(value: unknown): boolean {
  return isObject(value) || Array.isArray(value)
    ? !Object.values(value).some((each) => each !== null && each !== undefined)
    : false;
}

/** Whether a path has a segment `.` or `..`, in any decoding, with slashes or backslashes, and with path parameters (`..;a`). */
function hasDotSegment(path: string): boolean {
  return inAnyDecoding(path, (text) => text.split(/[/\\]/).some((segment) => /^\.\.?(?:;.*)?$/s.test(segment)));
}

/** Whether a handler that decodes the path before it routes, as Mangum does, sees several segments in a value. */
function hasSlash(value: string): boolean {
  return inAnyDecoding(value, (text) => /[/\\]/.test(text));
}

function inAnyDecoding(encoded: string, test: (text: string) => boolean): boolean {
  let text = encoded;
  for (let decodings = 0; decodings <= MAX_DECODINGS; decodings++) {
    if (test(text)) return true;
    const decoded = text.replace(/(?:%[0-9a-f]{2})+/gi, decode);
    if (decoded === text) return false;
    text = decoded;
  }
  return true;
}

function decode(text: string): string {
  return Buffer.from(text.replaceAll('%', ''), 'hex').toString('latin1');
}
