import { ENV } from '../../src/private/contract.js';
import { optionalEnv } from '../shared/env.js';

/** Whether clients are notified of changes beyond what an HTTP+SSE session tells anyway. */
export function notificationsEnabled(): boolean {
  return optionalEnv(ENV.NOTIFICATIONS) !== undefined;
}
