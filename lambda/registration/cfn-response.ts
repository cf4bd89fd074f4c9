import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from 'aws-lambda';
import { log } from '../shared/log.js';

/** CloudFormation's limit on an answer. */
const MAX_BYTES = 4_096;
const ATTEMPTS = 3;
const TIMEOUT_MS = 3_000;
const PAUSE_MS = 500;

/** Answers CloudFormation. Throws where that fails for good: Lambda then runs the function again. */
export async function respond(
  event: CloudFormationCustomResourceEvent,
  response: CloudFormationCustomResourceResponse,
): Promise<void> {
  // bytes, not text: fetch would add a content type, which is not in the address's signature
  const body = Buffer.from(cut(response));
  for (let attempt = 1; ; attempt++) {
    try {
      const { status } = await fetch(event.ResponseURL, {
        method: 'PUT',
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (status < 300) return;
      throw new Error(`status ${status}`);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      log.warn('CloudFormation could not be answered', error as Error);
      await sleep(PAUSE_MS * attempt);
    }
  }
}

/** The answer as JSON, its reason cut until it fits. */
function cut(response: CloudFormationCustomResourceResponse): string {
  const text = JSON.stringify(response);
  const excess = Buffer.byteLength(text) - MAX_BYTES;
  if (excess <= 0 || !response.Reason) return text;
  const kept = Math.max(0, response.Reason.length - excess - 3);
  return cut({ ...response, Reason: kept === 0 ? '' : `${response.Reason.slice(0, kept)}...` });
}
