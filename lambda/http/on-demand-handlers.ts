/** What {@link ./on-demand.ts} loads: one file of the bundle. */
export { getStream } from './get-stream.js';
export { endSession, handleSessionPost } from './sessions.js';
export { handleSubscriptionsListen, taskSubscriptionFor } from './subscriptions-listen.js';
