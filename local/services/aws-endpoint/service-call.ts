import type { ServerResponse } from 'node:http';
import type { Environment } from '../../environment.js';
import type { BufferedRequest } from '../forward.js';
import type { RequiredPermission } from './access.js';
import { AwsError } from './errors.js';

/** A parsed call of a service. */
export interface ServiceCall {
  /** Name of the operation; absent if the request has it. */
  readonly operation?: string;
  readonly permissions: readonly RequiredPermission[];
  /** Handles the call after the permission check. */
  handle(response: ServerResponse): Promise<void>;
}

/** Parses a call of one service. Returns undefined for a call that is not supported. */
export type ParseCall = (request: BufferedRequest, environment: Environment) => ServiceCall | undefined;

/** Returns the operation of a call with a JSON protocol, from `x-amz-target`; undefined for another target prefix. */
export function jsonOperation({ headers }: BufferedRequest, prefix: string): string | undefined {
  const target = String(headers['x-amz-target'] ?? '');
  return target.startsWith(`${prefix}.`) ? target.slice(prefix.length + 1) : undefined;
}

/** Parses a JSON request body. */
export function parseJson(body: Buffer): Record<string, any> {
  try {
    return JSON.parse(body.toString() || '{}') as Record<string, any>;
  } catch {
    throw new AwsError('SerializationException', 400, 'the request body is not valid JSON');
  }
}

/** Sends the response of a call with a JSON protocol. */
export function sendJson(response: ServerResponse, output: object): void {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(output));
}
