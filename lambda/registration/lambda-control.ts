import type { LambdaServiceException } from '@aws-sdk/client-lambda';

/** Timeout of one call. API Gateway allows 29 seconds for all calls of a registration request. */
const TIMEOUT_MS = 8_000;

/** Request options for a call to Lambda's control plane. */
export function requestOptions(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(TIMEOUT_MS) };
}

/** Whether an error is a service error with one of these names. */
export function isError(error: unknown, ...names: string[]): error is LambdaServiceException {
  return error instanceof Error && names.includes(error.name);
}
