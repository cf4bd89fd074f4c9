/** Exit codes of the commands. */
export const EXIT = {
  SUCCESS: 0,
  /** The command could not do its work: wrong options, no permission, no connection. */
  FAILED: 1,
  /** The command did its work, and the result is negative: a tool error, differences, faults. */
  NEGATIVE: 2,
} as const;

/** A failure that the user can act on: what is wrong, and hints how to fix it. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly hints: readonly string[] = [],
    readonly exitCode: number = EXIT.FAILED,
  ) {
    super(message);
  }
}

/** Returns the failure of a command that finds no AWS credentials. */
export function credentialsFailure({ message }: Error): Failure {
  return new Failure(`cannot find AWS credentials: ${message}`, [
    'sign in with aws sso login --profile <profile>, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    'pass --profile <profile> to use a profile of ~/.aws/config',
  ]);
}

/** Returns the reason of a failed request. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (!(cause instanceof Error)) return message;
  return cause.message || String((cause as NodeJS.ErrnoException).code);
}
