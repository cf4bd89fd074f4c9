import { parseMessage } from '../shared/exact-message.js';
import { normalizeMessage } from './absent-values.js';

/** Most messages in a JSON-RPC batch. */
export const MAX_BATCH_ITEMS = 100;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Parses a request body and normalises its JSON-RPC messages: one message, or an array of them. Every transport reads bodies with it.
 *
 * @throws SyntaxError if the text is not JSON
 * @throws JsonTooDeep if it is nested too deeply
 */
export function parseBody(text: string): unknown {
  const body = parseMessage(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  return Array.isArray(body) ? body.map(normalizeMessage) : normalizeMessage(body);
}
