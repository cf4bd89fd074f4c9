import { ENV } from '../../src/private/contract.js';
import { optionalEnv } from '../shared/env.js';

/** Whether the server sends notifications to clients of `/mcp`, and resource updates to SSE sessions. SSE sessions always get list changes. */
export function notificationsEnabled(): boolean {
  return optionalEnv(ENV.NOTIFICATIONS) !== undefined;
}
