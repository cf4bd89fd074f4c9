import { isObject } from '../shared/json.js';

/** The body of a `subscriptions/listen` request. */
export interface ListenBody {
  readonly id?: unknown;
  readonly params?: unknown;
}

/** Whether a body is a `subscriptions/listen` request. */
export function isSubscriptionsListen(body: unknown): body is ListenBody {
  return isObject(body) && body.method === 'subscriptions/listen' && body.id !== undefined;
}
