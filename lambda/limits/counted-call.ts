import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Registration } from '../../src/private/registration.js';
import type { Principal } from '../shared/principal.js';
import { CallRefused, countCall } from './call-limits.js';

/** Counts a call of a request handler, whose response cannot have a status. Throws a protocol error if a limit is reached. */
export async function countedCall(registration: Registration, principal: Principal | null): Promise<void> {
  try {
    await countCall(registration, principal);
  } catch (error) {
    if (!(error instanceof CallRefused)) throw error;
    const { message, limit, value, retryAfter } = error;
    throw new ProtocolError(ProtocolErrorCode.InternalError, message, { limit, value, retryAfter });
  }
}
