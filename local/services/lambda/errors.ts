/** An error of the Lambda API, with the name and status code of AWS. */
export class LambdaServiceError extends Error {
  /**
   * @param name AWS's error code, such as `ResourceNotFoundException`
   * @param statusCode HTTP status code of the response
   * @param details additional members of the response body, such as `Reason`
   */
  constructor(
    name: string,
    readonly statusCode: number,
    message: string,
    readonly details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = name;
  }
}

export const functionNotFound = (arn: string) =>
  new LambdaServiceError('ResourceNotFoundException', 404, `Function not found: ${arn}`);

export const invalidParameter = (message: string) =>
  new LambdaServiceError('InvalidParameterValueException', 400, message);

export const throttled = (reason: string) =>
  new LambdaServiceError('TooManyRequestsException', 429, 'Rate Exceeded.', { Reason: reason });
