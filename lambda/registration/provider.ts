import { once } from 'node:events';
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse, Context } from 'aws-lambda';
import { CUSTOM_RESOURCE, ENV } from '../../src/private/contract.js';
import { auditChange } from '../audit/change.js';
import { requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { abortCallsOn } from '../shared/time-limits.js';
import { respond } from './cfn-response.js';
import { declare, physicalIdFor, undeclare } from './declared.js';
import { renewStatements, tearDown } from './lifecycle.js';
import { RegistrationError } from './request-error.js';

/** Time reserved for the response, milliseconds. Without a response, CloudFormation waits until its own timeout. */
const RESPONSE_MS = 12_000;

/**
 * Handles the custom resources of declared registrations and of the server's lifecycle. Responds to every request, with a failure
 * if it times out. Requests are idempotent, because both CloudFormation and Lambda may repeat them.
 */
export async function provider(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  const budgetMs = Math.max(1_000, context.getRemainingTimeInMillis() - RESPONSE_MS);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), budgetMs);
  const handle = () =>
    Promise.race([
      // a request that is reported as timed out must not act any more: CloudFormation may have sent the next one
      abortCallsOn(timeout.signal, () => handleRequest(event, Date.now() + budgetMs)),
      failureOnTimeout(event, timeout.signal),
    ]);
  const failure = isLifecycle(event) ? await handle() : await auditChange(changeOf(event), handle);
  clearTimeout(timer);
  const { RequestType: request, LogicalResourceId: resource, ResourceType: type, StackId: stack } = event;
  log.info('custom resource request processed', { request, resource, type, stack, failure });
  await respond(event, responseTo(event, failure));
}

function isLifecycle({ ResourceType: type }: CloudFormationCustomResourceEvent): boolean {
  return type === CUSTOM_RESOURCE.LIFECYCLE || type === CUSTOM_RESOURCE.NAMELESS_LIFECYCLE;
}

/** Why a request failed; undefined if it succeeded. */
type Failure = string | undefined;

const ACTIONS = { Create: 'create', Update: 'replace', Delete: 'remove' } as const;

/** Returns what the audit record of a declared registration states. */
function changeOf(event: CloudFormationCustomResourceEvent) {
  const id =
    event.RequestType === 'Delete' ? event.PhysicalResourceId : (physicalIdFor(event.ResourceProperties) ?? '');
  return {
    action: ACTIONS[event.RequestType],
    registration: id.split('/')[1],
    caller: event.StackId,
    requestId: event.RequestId,
    ending: (failure: Failure) =>
      failure === undefined ? ({ outcome: 'ok' } as const) : ({ outcome: 'error', reason: 'request' } as const),
  };
}

async function handleRequest(event: CloudFormationCustomResourceEvent, deadline: number): Promise<Failure> {
  try {
    if (isLifecycle(event)) {
      await (event.RequestType === 'Delete' ? tearDown(deadline) : renewStatements(deadline));
    } else {
      await (event.RequestType === 'Delete' ? undeclare(event) : declare(event));
    }
    return undefined;
  } catch (error) {
    if (error instanceof RegistrationError) return reasonOf(error);
    log.error('custom resource request failed', { error, resource: event.LogicalResourceId });
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

async function failureOnTimeout(event: CloudFormationCustomResourceEvent, timeout: AbortSignal): Promise<Failure> {
  await once(timeout, 'abort');
  log.warn('custom resource request timed out', { resource: event.LogicalResourceId });
  // incomplete lifecycle work must not fail a deployment or a deletion
  return isLifecycle(event) ? undefined : 'timed out: deploy again';
}

function reasonOf({ message, details }: RegistrationError): string {
  return [message, ...details.map((detail) => `${detail.path}: ${detail.message}`)].join('; ');
}

function responseTo(event: CloudFormationCustomResourceEvent, failure: Failure): CloudFormationCustomResourceResponse {
  const { StackId, RequestId, LogicalResourceId } = event;
  const identity = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: physicalId(event, failure) };
  return failure === undefined
    ? { ...identity, Status: 'SUCCESS' }
    : { ...identity, Status: 'FAILED', Reason: failure };
}

function physicalId(event: CloudFormationCustomResourceEvent, failure: Failure): string {
  const { RequestType: request, ResourceProperties: properties } = event;
  // after a deletion or a failed update, the known id: another id would mean a replacement
  if (request === 'Delete' || (request === 'Update' && failure !== undefined)) return event.PhysicalResourceId;
  if (isLifecycle(event)) return request === 'Update' ? event.PhysicalResourceId : requireEnv(ENV.SERVER_ID);
  // after a failed creation, the id that CloudFormation deletes: `undeclare()` ignores registrations of other owners
  return physicalIdFor(properties) ?? `${requireEnv(ENV.SERVER_ID)}/none-${event.LogicalResourceId}`;
}
