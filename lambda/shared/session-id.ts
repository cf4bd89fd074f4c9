import { createHash, randomBytes } from 'node:crypto';

const SESSION_ID = /^[0-9a-f]{32}$/;

/** Creates the id of an SSE or HTTP session: 128 random bits in hex. */
export function newSessionId(): string {
  return randomBytes(16).toString('hex');
}

/** Whether a client's value has the form of a session id. Check it before a lookup: DynamoDB rejects keys of more than 1 KB. */
export function isSessionId(value: string): boolean {
  return SESSION_ID.test(value);
}

/** The session's name in events and logs: a hash, so that a reader of it cannot send messages to the session. */
export function sessionName(sessionId: string): string {
  return nameOfSecretId(sessionId);
}

/** A name for a secret id: a hash, so that a reader of a log cannot use the id. */
export function nameOfSecretId(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 32);
}
