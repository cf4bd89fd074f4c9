import { readFileSync } from 'node:fs';
import { Failure } from './failure.js';
import { toolArguments } from './signatures.js';

type Json = Record<string, any>;

/** The parts of a tool that its arguments are read with. */
interface Tool {
  readonly name: string;
  readonly inputSchema?: Json;
}

/**
 * Reads arguments of the form `key=value`, as the input schema of the tool describes them, or `key:=json`.
 * @throws Failure if an argument has another form, or the tool does not have it
 */
export function parseArguments(tool: Tool, pairs: readonly string[]): Json {
  const properties: Json = tool.inputSchema?.properties ?? {};
  const isClosed = tool.inputSchema?.additionalProperties === false;
  const entries = pairs.map((pair) => {
    const [, key, json, text] = /^([^=:]+)(:)?=(.*)$/s.exec(pair) ?? [];
    if (key === undefined) {
      throw new Failure(`invalid argument "${pair}": expected key=value, or key:=json`, [signature(tool)]);
    }
    if (isClosed && !Object.hasOwn(properties, key)) {
      throw new Failure(`${tool.name} does not have the argument "${key}"`, [signature(tool)]);
    }
    return [key, json ? parsed(text!, key) : readValue(text!, key, properties[key])] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Reads arguments of a prompt, which are texts.
 * @throws Failure if an argument is not `key=value`
 */
export function parseTexts(pairs: readonly string[]): Record<string, string> {
  const entries = pairs.map((pair) => {
    const [, key, text] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (key === undefined) throw new Failure(`invalid argument "${pair}": expected key=value`);
    return [key, text!] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Reads arguments as a JSON object: the text itself, `-` for standard input, or `@file`.
 * @throws Failure if it is not an object
 */
export function parseJsonArguments(text: string): Json {
  const json = text === '-' ? readFileSync(0, 'utf8') : text.startsWith('@') ? readFile(text.slice(1)) : text;
  const value = parsed(json, '--args-json');
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new Failure(`--args-json must be a JSON object, but is ${Array.isArray(value) ? 'an array' : typeof value}`);
}

function readValue(text: string, key: string, schema: Json | undefined): unknown {
  const types: string[] = [schema?.type ?? []].flat();
  if (types.length === 0) return jsonOrText(text);
  if (types.includes('string') && !(types.length > 1 && isJsonOf(types, text))) return text;
  const value = jsonOrText(text);
  if (types.some((type) => isOfType(type, value))) return value;
  throw new Failure(`${key} must be ${types.join(' or ')}, but is "${text}"`);
}

function isJsonOf(types: readonly string[], text: string): boolean {
  const value = jsonOrText(text);
  return typeof value !== 'string' && types.some((type) => isOfType(type, value));
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(`${what} is not valid JSON: ${(error as Error).message}`);
  }
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure(`cannot read --args-json @${file}: ${(error as Error).message}`);
  }
}

function signature({ name, inputSchema }: Tool): string {
  return `${name}${toolArguments(inputSchema)}`;
}
