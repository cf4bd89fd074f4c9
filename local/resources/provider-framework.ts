import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionDefinition } from '../services/lambda/function.js';
import type { LambdaService } from '../services/lambda/service.js';
import type { CustomResourceAnswer, CustomResourceRequest } from './custom-resources.js';

/** Seconds between the questions whether a resource is complete. */
const QUERY_INTERVAL = 1;

/**
 * Whether a provider is the CDK's provider framework (`new Provider(...)`). Its functions answer CloudFormation over HTTPS and wait
 * with a state machine, neither of which is here: the user's functions behind it are called directly, by the framework's rules.
 */
export function usesProviderFramework({ environment }: FunctionDefinition): boolean {
  return environment.USER_ON_EVENT_FUNCTION_ARN !== undefined;
}

/** Calls the user's functions as the framework does: `onEvent`, then `isComplete` until it is. */
export async function callProviderFramework(
  lambda: LambdaService,
  { environment }: FunctionDefinition,
  request: CustomResourceRequest,
  timeoutSeconds: number,
): Promise<CustomResourceAnswer> {
  const onEvent = environment.USER_ON_EVENT_FUNCTION_ARN;
  const isComplete = environment.USER_IS_COMPLETE_FUNCTION_ARN;
  const { ResponseURL: _, ...event } = request;
  const result = await call(lambda, onEvent, event);
  const answer = {
    PhysicalResourceId: String(result.PhysicalResourceId ?? request.PhysicalResourceId ?? request.RequestId),
    Data: result.Data as Record<string, unknown> | undefined,
  };
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (isComplete) {
    const state = await call(lambda, isComplete, {
      ...event,
      ...result,
      PhysicalResourceId: answer.PhysicalResourceId,
    });
    if (state.IsComplete) return { Status: 'SUCCESS', ...answer, Data: { ...answer.Data, ...(state.Data as object) } };
    if (Date.now() > deadline) return { Status: 'FAILED', Reason: `${isComplete} was not complete in time` };
    await sleep(QUERY_INTERVAL * 1000);
  }
  return { Status: 'SUCCESS', ...answer };
}

async function call(lambda: LambdaService, arn: string, event: object): Promise<Record<string, unknown>> {
  const invocation = await lambda.invoke(arn, Buffer.from(JSON.stringify(event)));
  const chunks: Buffer[] = [];
  for await (const chunk of invocation.body) chunks.push(chunk as Buffer);
  const error = await invocation.ended;
  if (error) throw new Error(`its provider failed: ${error.payload.toString()}`);
  return (JSON.parse(Buffer.concat(chunks).toString() || 'null') ?? {}) as Record<string, unknown>;
}
