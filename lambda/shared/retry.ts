import type { LambdaClientConfig } from '@aws-sdk/client-lambda';

type RetryStrategy = Extract<NonNullable<LambdaClientConfig['retryStrategy']>, { acquireInitialRetryToken: unknown }>;

const MAX_ATTEMPTS = 5;
const BASE_DELAY_MS = 200;
const MAX_DELAY_MS = 5_000;

/**
 * Retries throttled requests and nothing else. A throttled invocation never started; after any other failure the
 * function may have run, and a tool must not run twice.
 */
export function throttlingOnly(): RetryStrategy {
  const token = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => delay(count) });
  return {
    acquireInitialRetryToken: async () => token(0),
    refreshRetryTokenForRetry: async (previous, failure) => {
      const count = previous.getRetryCount() + 1;
      if (failure.errorType !== 'THROTTLING' || count >= MAX_ATTEMPTS) throw new Error('not retried');
      return token(count);
    },
    recordSuccess: () => undefined,
  };
}

/** Exponential with full jitter, milliseconds. */
function delay(retry: number): number {
  return retry === 0 ? 0 : Math.random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** retry);
}
