import type { ErrorDetail } from '../shared/http.js';

/** A request that cannot be done as it is, and what its sender needs to know; becomes the HTTP answer, or the reason of a failed deployment. */
export class RegistrationError extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
    readonly details: readonly ErrorDetail[] = [],
  ) {
    super(message);
  }
}
