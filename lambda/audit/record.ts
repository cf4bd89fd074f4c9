import { AUDIT_VERSION, type AuditRecord } from '../../src/private/audit.js';
import { ENV } from '../../src/private/contract.js';
import { optionalEnv } from '../shared/env.js';
import { serverInfo } from '../shared/server-info.js';

/** Longest name of an unknown tool, or of a client, in a record, characters: clients choose them. */
const MAX_NAME = 128;
/** Longest arguments and results in a record, characters. CloudWatch Logs accepts events of 1 MiB, Logs Insights shows fewer. */
const MAX_PAYLOAD = 16_384;

type Written = Omit<AuditRecord, 'audit' | 'timestamp' | 'level' | 'service' | 'server'>;

/** Writes an audit record as one line of the log. Standard output, because the level of the logger must not suppress it. */
export function writeRecord(fields: Written): void {
  const record: AuditRecord = {
    audit: AUDIT_VERSION,
    timestamp: new Date().toISOString(),
    level: 'INFO',
    service: optionalEnv(ENV.SERVER_ID) ?? 'mcp',
    server: serverInfo().name,
    ...fields,
  };
  process.stdout.write(`${JSON.stringify(record)}\n`);
}

/** A text of the client, at the length of a name. */
export function nameText(text: unknown): string | undefined {
  return typeof text === 'string' ? text.slice(0, MAX_NAME) : undefined;
}

/** Milliseconds since `started`, which is a value of `performance.now()`. */
export function millisecondsSince(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}

/** The size of a value, and the value itself where the server's owner has asked for it. */
export function payload(value: unknown): { readonly bytes?: number; readonly text?: string } {
  if (value === undefined) return {};
  const json = JSON.stringify(value) ?? '';
  const text = optionalEnv(ENV.AUDIT_PAYLOADS) === undefined ? undefined : json.slice(0, MAX_PAYLOAD);
  return { bytes: Buffer.byteLength(json), text };
}
