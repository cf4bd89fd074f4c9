/** A response that API Gateway makes itself: status, `x-amzn-errortype` and body in its own words. */
export class GatewayError extends Error {
  /**
   * @param body what the client reads, JSON
   * @param reason what the log says beside it, where AWS's words do not help
   */
  constructor(
    readonly statusCode: number,
    readonly errorType: string,
    readonly body: Readonly<Record<string, string | null>>,
    readonly reason?: string,
  ) {
    super(reason ?? `${statusCode} ${errorType}`);
  }
}

export const forbidden = () => new GatewayError(403, 'ForbiddenException', { message: 'Forbidden' });

export const unauthorized = () => new GatewayError(401, 'UnauthorizedException', { message: 'Unauthorized' });

export const tooManyRequests = () =>
  new GatewayError(429, 'TooManyRequestsException', { message: 'Too Many Requests' });

export const internalError = (statusCode: 500 | 502, reason: string) =>
  new GatewayError(statusCode, 'InternalServerErrorException', { message: 'Internal server error' }, reason);

export const endpointTimedOut = (reason: string) =>
  new GatewayError(504, 'InternalServerErrorException', { message: 'Endpoint request timed out' }, reason);
