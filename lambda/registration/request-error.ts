import type { ErrorDetail } from '../shared/http.js';

/** The rejection of a registration request: becomes the HTTP response, or the failure reason of a custom resource. */
export class RegistrationError extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
    readonly details: readonly ErrorDetail[] = [],
  ) {
    super(message);
  }
}
