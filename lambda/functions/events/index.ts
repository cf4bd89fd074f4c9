/** Builds the event of an invocation, by the event mapping of its registration. */
import type { EventMapping, EventType } from '../../../src/private/event.js';
import type { JsonObject } from '../../../src/private/registration.js';
import type { RequestContext } from '../../protocol/request-scope.js';
import type { FunctionCall } from '../event.js';
import { apiGatewayEvent } from './api-gateway.js';
import { appSyncEvent } from './app-sync.js';
import { bedrockAgentEvent } from './bedrock-agent.js';
import type { EventContext } from './event-context.js';
import { httpApiEvent } from './http-api.js';
import { requestEvent } from './request.js';
import { sqsEvent } from './sqs.js';
import { templateEvent } from './template.js';

const PASS_ARGUMENTS: EventMapping = { type: 'arguments' };

/**
 * Returns the event of an invocation.
 *
 * @throws InvalidArguments if the event cannot carry an argument
 */
export function eventOf(
  call: FunctionCall,
  request: RequestContext,
  invocationId: string,
  deadlineMs: number,
): JsonObject {
  const { arguments: args } = call;
  if (args === undefined) return requestEvent(call, request, invocationId, deadlineMs);
  const context: EventContext = { call, args, request, invocationId, now: new Date() };
  const mapping = call.registration.event ?? PASS_ARGUMENTS;
  switch (mapping.type) {
    case 'arguments':
      return call.argumentsEvent ?? args;
    case 'request':
      return requestEvent(call, request, invocationId, deadlineMs);
    case 'apiGateway':
      return apiGatewayEvent(mapping, context);
    case 'httpApi':
      return httpApiEvent(mapping, context);
    case 'appSync':
      return appSyncEvent(mapping, context);
    case 'bedrockAgent':
      return bedrockAgentEvent(mapping, context);
    case 'sqs':
      return sqsEvent(context);
    case 'template':
      return templateEvent(mapping, context);
  }
}

/** Returns the type of the event that a call gets, which decides how its response is read. */
export function eventTypeOf({ registration, arguments: args }: FunctionCall): EventType {
  return args === undefined ? 'request' : (registration.event?.type ?? 'arguments');
}
