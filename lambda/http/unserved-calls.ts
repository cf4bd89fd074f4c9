import { CLIENT_INFO_META_KEY } from '@modelcontextprotocol/server';
import { type AuditedCall, auditUnserved } from '../audit/call.js';
import type { AuditNotes } from '../audit/notes.js';
import { isObject } from '../shared/json.js';

/** The methods whose requests leave an audit record. */
const KINDS: Readonly<Record<string, AuditedCall['kind']>> = {
  'tools/call': 'tool',
  'resources/read': 'resource',
  'prompts/get': 'prompt',
};
/** The signal of a call that nothing cancels. */
const NEVER = new AbortController().signal;

/** Writes the audit records of calls that no MCP server receives, because a limit refuses them or an AWS service fails. */
export function auditUnservedCalls(
  body: unknown,
  scope: Pick<AuditedCall, 'principal' | 'toolset'>,
  started: number,
  reason: 'limit' | 'internal',
  registration?: AuditNotes['registration'],
): void {
  for (const message of [body].flat()) {
    const call = callIn(message, scope);
    if (call) auditUnserved(call, started, reason, registration);
  }
}

/** What the audit record of a message states. The client of a 2025 session is not known here. */
function callIn(message: unknown, scope: Pick<AuditedCall, 'principal' | 'toolset'>): AuditedCall | undefined {
  if (!isObject(message) || message.id === undefined || !isObject(message.params)) return undefined;
  const kind = KINDS[String(message.method)];
  if (!kind) return undefined;
  const { name, uri, _meta: meta, arguments: args } = message.params;
  return {
    kind,
    name: typeof name === 'string' ? name : undefined,
    arguments: kind === 'resource' ? { uri } : args,
    ...scope,
    client: isObject(meta) ? (meta[CLIENT_INFO_META_KEY] as AuditedCall['client']) : undefined,
    transport: 'http',
    meta,
    signal: NEVER,
  };
}
