import { AsyncLocalStorage } from 'node:async_hooks';
import type { Principal } from '../shared/principal.js';

const callers = new AsyncLocalStorage<{ readonly principal: Principal | null }>();

/** Runs an action, and all that it starts, for the caller of a message. */
export function asCaller(principal: Principal | null, action: () => void): void {
  callers.run({ principal }, action);
}

/**
 * The caller of the message that is being handled; undefined outside of a message. The messages of a session have the same principal, but
 * each POST has its own access token, with its own scopes and groups.
 */
export function messageCaller(): Principal | null | undefined {
  return callers.getStore()?.principal;
}
