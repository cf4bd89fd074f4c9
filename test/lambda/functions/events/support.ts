import type { FunctionCall } from '../../../../lambda/functions/event.js';
import { eventOf } from '../../../../lambda/functions/events/index.js';
import type { RequestContext } from '../../../../lambda/protocol/request-scope.js';
import type { EventMapping, HttpEvent } from '../../../../src/private/event.js';
import type { JsonObject } from '../../../../src/private/registration.js';
import { tool } from '../../mcp/registrations.js';

export const ANN: RequestContext = {
  requestId: '7',
  protocolVersion: '2026-07-28',
  transport: 'http',
  principal: { id: 'ann', claims: { sub: 'ann', iss: 'https://id.example', scope: 'orders/read', level: 3 } },
};
export const ANONYMOUS: RequestContext = { ...ANN, principal: null };

/** The event of a call with these arguments. */
export function eventFor(
  event: EventMapping,
  args: JsonObject,
  request: RequestContext = ANN,
  registration: object = {},
): any {
  const call: FunctionCall = {
    registration: tool('orders', { event, ...registration }),
    functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders',
    method: 'tools/call',
    target: 'orders',
    arguments: args,
    params: {},
  };
  return JSON.parse(JSON.stringify(eventOf(call, request, 'i-1', 0)));
}

/** The event of a call in payload format 1.0. */
export const v1 = (event: Omit<HttpEvent, 'type'>, args: JsonObject, request?: RequestContext) =>
  eventFor({ type: 'apiGateway', ...event }, args, request);
/** The event of a call in payload format 2.0. */
export const v2 = (event: Omit<HttpEvent, 'type'>, args: JsonObject, request?: RequestContext) =>
  eventFor({ type: 'httpApi', ...event }, args, request);
