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

/** What AWS says about credentials that it rejects, and what to do. */
const REJECTED: ReadonlyArray<readonly [said: RegExp, hint: string]> = [
  [
    /token .*expired|^ExpiredToken|TokenRefreshRequired/i,
    'the AWS credentials have expired: sign in again, such as with aws sso login',
  ],
  [
    /^Signature ?expired|RequestExpired|signature not yet current/i,
    'the clock of this machine is wrong: synchronize it (NTP)',
  ],
  [/scoped to a valid region/i, 'the request was signed for another region: pass --region'],
  [
    /scoped to correct service/i,
    'the request was signed for another AWS service: check --url, or pass --stack, which determines the endpoint',
  ],
  [
    /security token .*invalid|^InvalidClientTokenId|^UnrecognizedClient/i,
    'AWS does not know the access key: check --profile, or the variables AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN',
  ],
  [/signature we calculated does not match|^SignatureDoesNotMatch|^InvalidSignature/i, 'check the secret access key'],
];

/** Returns what to do about credentials that AWS rejects. @param said the name or the message of the error */
export function rejectionHint(...said: readonly string[]): string | undefined {
  return REJECTED.find(([pattern]) => said.some((each) => pattern.test(each)))?.[1];
}

/** Returns the reason of a failed request. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (!(cause instanceof Error)) return message;
  return cause.message || String((cause as NodeJS.ErrnoException).code);
}
