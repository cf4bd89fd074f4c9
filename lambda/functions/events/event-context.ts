import type { JsonObject } from '../../../src/private/registration.js';
import type { RequestContext } from '../../protocol/request-scope.js';
import type { FunctionCall } from '../event.js';

/** What the event of a call is made from. */
export interface EventContext {
  readonly call: FunctionCall;
  readonly args: JsonObject;
  readonly request: RequestContext;
  readonly invocationId: string;
  readonly now: Date;
}
