import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { RegistrationDefinition } from '../../src/private/registration.js';
import { isObject } from '../../src/private/validation/checks.js';
import { READ_ONLY_KEYS, validateRegistration } from '../../src/private/validation/index.js';
import { Failure } from './failure.js';

/** The YAML parser that the package ships: from the bundle, and from the sources. */
const PARSERS = ['../openapi/index.cjs', '../../assets/openapi/index.cjs'];

/** A definition with its id. */
export interface DesiredRegistration {
  readonly id: string;
  readonly definition: RegistrationDefinition;
}

/**
 * Reads registrations from a file in JSON or YAML: one registration, a list, or an object with the list `registrations`.
 * @throws Failure with all errors of the file, each with its JSON pointer
 */
export function readRegistrations(file: string): DesiredRegistration[] {
  const content = parse(readText(file), file);
  const list = listOf(content);
  const errors: string[] = [];
  const desired: DesiredRegistration[] = [];
  for (const [index, body] of list.bodies.entries()) {
    const result = validateRegistration(isObject(body) ? withoutReadOnly(body) : body);
    const pointer = list.pointer === undefined ? '' : `${list.pointer}/${index}`;
    for (const { path, message } of result.errors ?? [])
      errors.push([`${pointer}${path}`, message].filter(Boolean).join(': '));
    if (result.definition === undefined) continue;
    const { type, name } = result.definition;
    const id = `${type}-${name}`;
    if (desired.some((each) => each.id === id)) errors.push(`${pointer}: ${id} is already in this file`);
    desired.push({ id, definition: result.definition });
  }
  if (errors.length > 0) throw new Failure(`${file} has invalid registrations`, errors);
  return desired;
}

function listOf(content: unknown): { readonly bodies: readonly unknown[]; readonly pointer?: string } {
  if (Array.isArray(content)) return { bodies: content, pointer: '' };
  const { registrations } = (content ?? {}) as { registrations?: unknown };
  if (Array.isArray(registrations)) return { bodies: registrations, pointer: '/registrations' };
  return { bodies: [content] };
}

/** Removes what the server sets: a file may have the response of `GET /register`. */
export function withoutReadOnly(body: object): object {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !READ_ONLY_KEYS.includes(key)));
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new Failure(`cannot read ${file}: ${(error as Error).message}`);
  }
}

function parse(text: string, file: string): unknown {
  try {
    return yaml().parse(text);
  } catch (error) {
    throw new Failure(
      `${file} is not valid JSON or YAML: ${(error as Error).message.split('\n')[0]?.replace(/:$/, '')}`,
    );
  }
}

function yaml(): { parse(text: string): unknown } {
  const found = PARSERS.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url));
  return createRequire(import.meta.url)(fileURLToPath(found!)) as { parse(text: string): unknown };
}
