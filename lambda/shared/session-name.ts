import { createHash } from 'node:crypto';

/** What functions and logs call a session: a name that does not let its bearer write to it. */
export function sessionName(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('hex').slice(0, 32);
}
