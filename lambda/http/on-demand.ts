/** Handlers of requests that many servers never get. They are loaded with the first such request, as a file of their own in the bundle. */
import type * as Handlers from './on-demand-handlers.js';

const load = () => import('./on-demand-handlers.js');

export const endSession: typeof Handlers.endSession = async (...args) => (await load()).endSession(...args);
export const getStream: typeof Handlers.getStream = async (...args) => (await load()).getStream(...args);
export const handleSessionPost: typeof Handlers.handleSessionPost = async (...args) =>
  (await load()).handleSessionPost(...args);
export const handleSubscriptionsListen: typeof Handlers.handleSubscriptionsListen = async (...args) =>
  (await load()).handleSubscriptionsListen(...args);
export const taskSubscriptionFor: typeof Handlers.taskSubscriptionFor = async (...args) =>
  (await load()).taskSubscriptionFor(...args);
