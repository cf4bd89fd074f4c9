/** An error of the embedded server. */
export class DynamoDbError extends Error {
  constructor(
    /** Error code, such as `ConditionalCheckFailedException`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
