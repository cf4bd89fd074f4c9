import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { ENV } from '../../src/private/contract.js';
import { type RequestScope, revisionOf, type ServerInstance } from '../protocol/request-scope.js';
import { isModern } from '../protocol/revisions.js';
import { optionalEnv } from '../shared/env.js';
import { isObject } from '../shared/json.js';

/** The identifier of the tasks extension of protocol revision 2026-07-28 (SEP-2663). */
export const TASKS = 'io.modelcontextprotocol/tasks';

/** Whether this server runs tools as tasks; only clients of `/mcp` can have one. */
export function servesTasks({ scope }: { readonly scope: Pick<RequestScope, 'transport'> }): boolean {
  return scope.transport === 'http' && optionalEnv(ENV.TASK_RUNNER_ARN) !== undefined;
}

/** Whether the client of a request takes a task for an answer. It says so with each request anew. */
export function takesTasks(instance: ServerInstance, { mcpReq }: ServerContext): boolean {
  if (!servesTasks(instance) || !isModern(revisionOf(instance))) return false;
  const envelope: unknown = mcpReq.envelope;
  return isObject(envelope) && declaresTasks(envelope[CLIENT_CAPABILITIES_META_KEY]);
}

/** Whether capabilities of a client, as they came, have the extension in them. */
export function declaresTasks(capabilities: unknown): boolean {
  const extensions = isObject(capabilities) ? capabilities.extensions : undefined;
  return isObject(extensions) && isObject(extensions[TASKS]);
}

/** What a client without the extension is told where there is no other way. */
export function tasksMissing(): MissingRequiredClientCapabilityError {
  return new MissingRequiredClientCapabilityError(
    { requiredCapabilities: { extensions: { [TASKS]: {} } } } as never,
    `this takes a client with the extension ${TASKS}`,
  );
}
