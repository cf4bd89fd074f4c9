import { once } from 'node:events';
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse, Context } from 'aws-lambda';
import { CUSTOM_RESOURCE, ENV } from '../../src/private/contract.js';
import { requireEnv } from '../shared/env.js';
import { log } from '../shared/log.js';
import { respond } from './cfn-response.js';
import { declare, physicalIdFor, undeclare } from './declared.js';
import { renewStatements, tearDown } from './lifecycle.js';
import { RegistrationError } from './request-error.js';

/** Kept back of the function's time to answer CloudFormation, which else would wait for an hour. */
const ANSWER_MS = 12_000;

/**
 * CloudFormation's custom resources: what infrastructure code declares, and the server's own lifecycle. Every request is
 * answered, be it with the failure to do it in time. Doing one again is harmless: CloudFormation and Lambda both repeat.
 */
export async function provider(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  const budgetMs = Math.max(1_000, context.getRemainingTimeInMillis() - ANSWER_MS);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), budgetMs);
  const outcome = await Promise.race([attempt(event, Date.now() + budgetMs), outOfTime(event, late.signal)]);
  clearTimeout(timer);
  const { RequestType: request, LogicalResourceId: resource, ResourceType: type, StackId: stack } = event;
  log.info('custom resource', { request, resource, type, stack, failure: outcome });
  await respond(event, answer(event, outcome));
}

function isLifecycle({ ResourceType: type }: CloudFormationCustomResourceEvent): boolean {
  return type === CUSTOM_RESOURCE.LIFECYCLE || type === CUSTOM_RESOURCE.NAMELESS_LIFECYCLE;
}

/** Why a request failed; undefined where it did not. */
type Failure = string | undefined;

async function attempt(event: CloudFormationCustomResourceEvent, deadline: number): Promise<Failure> {
  try {
    if (isLifecycle(event)) {
      await (event.RequestType === 'Delete' ? tearDown(deadline) : renewStatements(deadline));
    } else {
      await (event.RequestType === 'Delete' ? undeclare(event) : declare(event));
    }
    return undefined;
  } catch (error) {
    if (error instanceof RegistrationError) return reasonOf(error);
    log.error('a custom resource failed', { error, resource: event.LogicalResourceId });
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

async function outOfTime(event: CloudFormationCustomResourceEvent, late: AbortSignal): Promise<Failure> {
  await once(late, 'abort');
  log.warn('a custom resource ran out of time', { resource: event.LogicalResourceId });
  // what is left of the lifecycle's work is no reason to hold up a deployment, still less a deletion
  return isLifecycle(event) ? undefined : 'not done in time: deploy again';
}

function reasonOf({ message, details }: RegistrationError): string {
  return [message, ...details.map((detail) => `${detail.path}: ${detail.message}`)].join('; ');
}

function answer(event: CloudFormationCustomResourceEvent, failure: Failure): CloudFormationCustomResourceResponse {
  const { StackId, RequestId, LogicalResourceId } = event;
  const addressee = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: physicalId(event, failure) };
  return failure === undefined
    ? { ...addressee, Status: 'SUCCESS' }
    : { ...addressee, Status: 'FAILED', Reason: failure };
}

function physicalId(event: CloudFormationCustomResourceEvent, failure: Failure): string {
  const { RequestType: request, ResourceProperties: properties } = event;
  // of a deletion or a failed update the one that CloudFormation knows: a new one would mean a replacement
  if (request === 'Delete' || (request === 'Update' && failure !== undefined)) return event.PhysicalResourceId;
  if (isLifecycle(event)) return request === 'Update' ? event.PhysicalResourceId : requireEnv(ENV.SERVER_ID);
  // of a failed creation the one to clean up; whatever else that may name is not this resource's to remove
  return physicalIdFor(properties) ?? `${requireEnv(ENV.SERVER_ID)}/none-${event.LogicalResourceId}`;
}
