/** API Gateway and Lambda both allow 15 minutes, but API Gateway's start earlier. A response must end before either. */
const EARLY_MS = 5_000;

/** When the response of an invocation with `remainingMs` left must have ended, epoch milliseconds. */
export function responseDeadline(remainingMs: number, now = Date.now()): number {
  return now + remainingMs - Math.min(EARLY_MS, remainingMs / 4);
}
