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

/** Identifier of the tasks extension for protocol revision 2026-07-28 (SEP-2663). */
export const TASKS = 'io.modelcontextprotocol/tasks';

/** Whether this server can run tools as tasks. Tasks are only available on `/mcp`. */
export function servesTasks({ scope }: { readonly scope: Pick<RequestScope, 'transport'> }): boolean {
  return scope.transport === 'http' && optionalEnv(ENV.TASK_RUNNER_ARN) !== undefined;
}

/** Whether the client of a request supports tasks, which it declares with each request. */
export function clientSupportsTasks(instance: ServerInstance, { mcpReq }: ServerContext): boolean {
  if (!servesTasks(instance) || !isModern(revisionOf(instance))) return false;
  const envelope: unknown = mcpReq.envelope;
  return isObject(envelope) && declaresTasks(envelope[CLIENT_CAPABILITIES_META_KEY]);
}

/** Whether unvalidated client capabilities declare the extension. */
export function declaresTasks(capabilities: unknown): boolean {
  const extensions = isObject(capabilities) ? capabilities.extensions : undefined;
  return isObject(extensions) && isObject(extensions[TASKS]);
}

/** The error for a client that does not declare the extension when a request requires it. */
export function missingTasksExtension(): MissingRequiredClientCapabilityError {
  return new MissingRequiredClientCapabilityError(
    { requiredCapabilities: { extensions: { [TASKS]: {} } } } as never,
    `this request requires a client with the extension ${TASKS}`,
  );
}
