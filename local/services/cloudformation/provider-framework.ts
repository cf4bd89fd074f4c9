import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionDefinition } from '../lambda/function.js';
import type { FunctionError } from '../lambda/invocation.js';
import type { LambdaService } from '../lambda/service.js';
import type { CustomResourceRequest, CustomResourceResponse } from './custom-resource-protocol.js';

/** Seconds between calls of `isComplete`. */
const QUERY_INTERVAL = 1;

/**
 * Returns whether a provider is the CDK's provider framework (`new Provider(...)`). The framework responds over HTTPS and waits with a state
 * machine, which the local runner does not emulate. It invokes the user's functions directly instead, with the same protocol.
 */
export function usesProviderFramework({ environment }: FunctionDefinition): boolean {
  return environment.USER_ON_EVENT_FUNCTION_ARN !== undefined;
}

/** Invokes the user's functions as the framework does: `onEvent`, then `isComplete` until it returns true. */
export async function invokeProviderFramework(
  lambda: LambdaService,
  { environment }: FunctionDefinition,
  request: CustomResourceRequest,
  timeoutSeconds: number,
): Promise<CustomResourceResponse> {
  const onEvent = environment.USER_ON_EVENT_FUNCTION_ARN;
  const isComplete = environment.USER_IS_COMPLETE_FUNCTION_ARN;
  const { ResponseURL: _, ...event } = request;
  const result = await invokeProvider(lambda, onEvent, event);
  const response = {
    PhysicalResourceId: String(result.PhysicalResourceId ?? request.PhysicalResourceId ?? request.RequestId),
    Data: result.Data as Record<string, unknown> | undefined,
  };
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (isComplete) {
    const state = await invokeProvider(lambda, isComplete, {
      ...event,
      ...result,
      PhysicalResourceId: response.PhysicalResourceId,
    });
    if (state.IsComplete)
      return { Status: 'SUCCESS', ...response, Data: { ...response.Data, ...(state.Data as object) } };
    if (Date.now() > deadline)
      return { Status: 'FAILED', Reason: `${isComplete} did not complete within ${timeoutSeconds} s` };
    await sleep(QUERY_INTERVAL * 1000);
  }
  return { Status: 'SUCCESS', ...response };
}

async function invokeProvider(lambda: LambdaService, arn: string, event: object): Promise<Record<string, unknown>> {
  const invocation = await lambda.invoke(arn, Buffer.from(JSON.stringify(event)), { customResource: true });
  const chunks: Buffer[] = [];
  for await (const chunk of invocation.body) chunks.push(chunk as Buffer);
  const error = await invocation.ended;
  if (error) throw providerFailure(error);
  return (JSON.parse(Buffer.concat(chunks).toString() || 'null') ?? {}) as Record<string, unknown>;
}

/** Returns the error for a provider function that failed, without its stack trace. */
export function providerFailure({ payload }: FunctionError): Error {
  const { errorType, errorMessage } = JSON.parse(payload.toString()) as Record<string, unknown>;
  return new Error(`the provider failed: ${[errorType, errorMessage].filter(Boolean).join(': ')}`);
}
