/** Everything that the Lambda service refuses, with the name and status that AWS gives it. */
export class LambdaServiceError extends Error {
  /**
   * @param name AWS's error code, e.g. `ResourceNotFoundException`
   * @param statusCode HTTP status of the answer
   * @param details further members of the answer's body, e.g. `Reason`
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
