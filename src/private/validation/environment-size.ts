import type { TagManager } from 'aws-cdk-lib';
import type { McpLambdaServerProps } from '../../mcp-lambda-server-props';
import type { ServerInfo } from '../contract';

/** Lambda allows 4,096 bytes; names, ids and ARNs of our own take the rest. */
const MAX_BYTES = 3_000;

/** What the user put into the environment of the functions, where it is more than fits. */
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
    `the environment of the server's functions has room for ${MAX_BYTES} bytes of yours, and this is ${sum}: ${list.join(', ')}; shorten them`,
  ];
}

function bytes(value: unknown): number {
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
}
