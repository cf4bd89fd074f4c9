import { ENV } from '../../src/private/contract.js';
import { optionalEnv } from '../shared/env.js';

export const SESSION_HEADER = 'mcp-session-id';

/** Whether 2025 clients of `/mcp` get sessions. */
export function sessionsEnabled(): boolean {
  return optionalEnv(ENV.HTTP_SESSIONS) !== undefined;
}
