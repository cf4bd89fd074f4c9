import type { LambdaServiceException } from '@aws-sdk/client-lambda';

/** API Gateway gives a registration 29 seconds in all. */
const TIMEOUT_MS = 8_000;

/** Options of one call to the Lambda control API. */
export function bounded(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(TIMEOUT_MS) };
}

/** Whether an error is the service's error of that name. */
export function isError(error: unknown, ...names: string[]): error is LambdaServiceException {
  return error instanceof Error && names.includes(error.name);
}
