/** A gateway response: an error that API Gateway returns itself, with its status, `x-amzn-errortype` and body. */
export class GatewayError extends Error {
  /**
   * @param body JSON response body
   * @param reason details for the log, which are not sent to the client
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

export const badRequest = () => new GatewayError(400, 'BadRequestException', { message: 'Bad Request' });

/** @param limit limit in bytes */
export const requestTooLarge = (limit: number) =>
  new GatewayError(413, 'RequestTooLargeException', { message: `HTTP content length exceeded ${limit} bytes.` });

export const unsupportedMediaType = (reason: string) =>
  new GatewayError(415, 'BadRequestException', { message: 'Unsupported Media Type' }, reason);
