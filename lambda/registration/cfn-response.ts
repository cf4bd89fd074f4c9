import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from 'aws-lambda';
import { log } from '../shared/log.js';

/** CloudFormation's limit for a response. */
const MAX_BYTES = 4_096;
const MAX_ATTEMPTS = 3;
const TIMEOUT_MS = 3_000;
const PAUSE_MS = 500;

/** Sends a response to CloudFormation. Throws when the last attempt fails: Lambda then invokes the function again. */
export async function respond(
  event: CloudFormationCustomResourceEvent,
  response: CloudFormationCustomResourceResponse,
): Promise<void> {
  // a Buffer, not a string: fetch() would add a Content-Type header, which the signature of the URL does not include
  const body = Buffer.from(truncated(response));
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
      if (attempt === MAX_ATTEMPTS) throw error;
      log.warn('sending the response to CloudFormation failed', error as Error);
      await sleep(PAUSE_MS * attempt);
    }
  }
}

/** The response as JSON, with its reason truncated to fit the limit. */
function truncated(response: CloudFormationCustomResourceResponse): string {
  const text = JSON.stringify(response);
  const excess = Buffer.byteLength(text) - MAX_BYTES;
  if (excess <= 0 || !response.Reason) return text;
  const kept = Math.max(0, response.Reason.length - excess - 3);
  return truncated({ ...response, Reason: kept === 0 ? '' : `${response.Reason.slice(0, kept)}...` });
}
