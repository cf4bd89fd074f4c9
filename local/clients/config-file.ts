import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Connection } from './connection.js';
import { setItem, setMember } from './edit-jsonc.js';
import type { ClientFormat } from './formats.js';
import { parseJsonc, toValue } from './jsonc.js';

/**
 * Adds a server to the text of a configuration file. All other content stays as it is.
 * @param text content of the file; undefined if it does not exist
 * @throws if the text is not valid JSON, or has another structure
 */
export function withServer(
  text: string | undefined,
  format: ClientFormat,
  connection: Connection,
  platform: NodeJS.Platform,
): string {
  let result = text === undefined || text.trim() === '' ? '{}\n' : text;
  for (const { path, value } of format.members(connection, platform)) result = setMember(result, path, value);
  for (const item of format.inputs?.(connection) ?? []) result = setItem(result, 'inputs', item);
  return result;
}

/** What happened to a file. */
export type Change = 'created' | 'added' | 'replaced' | 'unchanged';

/**
 * Adds a server to a configuration file.
 * @throws if the file is not valid; it stays as it is
 */
export function writeServer(
  file: string,
  format: ClientFormat,
  connection: Connection,
  platform: NodeJS.Platform,
): Change {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  let after: string;
  try {
    after = withServer(before, format, connection, platform);
  } catch (error) {
    throw new Error(
      `cannot add the server to ${file}: ${(error as Error).message}; the file was not changed, correct it first`,
    );
  }
  if (before === after) return 'unchanged';
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, after);
  if (before === undefined) return 'created';
  return hasServer(before, format, connection, platform) ? 'replaced' : 'added';
}

function hasServer(text: string, format: ClientFormat, connection: Connection, platform: NodeJS.Platform): boolean {
  if (text.trim() === '') return false;
  const content = toValue(parseJsonc(text)) as Record<string, Record<string, unknown> | undefined>;
  return format.members(connection, platform).some(({ path: [list, name] }) => content[list]?.[name] !== undefined);
}
