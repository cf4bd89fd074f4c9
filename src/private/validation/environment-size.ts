import type { TagManager } from 'aws-cdk-lib';
import type { McpLambdaServerProps } from '../../mcp-lambda-server-props';
import type { ServerInfo } from '../contract';

/** Lambda allows 4,096 bytes; the server's own names, ids and ARNs need the rest. */
const MAX_BYTES = 3_000;

/** Errors for user-defined values that exceed the environment variables of the server functions. */
export function environmentProblems(props: McpLambdaServerProps, info: ServerInfo, tags: TagManager): string[] {
  const origins = bytes((props.allowedOrigins ?? []).join());
  const mcp = {
    'server info (instructions, icons)': bytes(info),
    tags: bytes(tags.tagValues()),
    allowedOrigins: origins,
  };
  const registration = { registrableFunctions: bytes(props.registrableFunctions ?? []), allowedOrigins: origins };
  return [...problem(mcp), ...problem(registration)];
}

function problem(parts: { [name: string]: number }): string[] {
  const sum = Object.values(parts).reduce((total, each) => total + each, 0);
  if (sum <= MAX_BYTES) return [];
  const list = Object.entries(parts).map(([name, size]) => `${name} ${size}`);
  return [
    `the environment variables of the server's functions are too large: ${sum} bytes, at most ${MAX_BYTES} (${list.join(', ')}); shorten them`,
  ];
}

function bytes(value: unknown): number {
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
}
