import type { CloudFormationClientConfig } from '@aws-sdk/client-cloudformation';
import type { Caller } from '../check.mjs';
import type { Credentials } from '../client/signed.mjs';
import type { AppOptions } from '../stack.mjs';

/** Configuration that every client of the AWS SDK takes. */
export type ClientConfig = Pick<CloudFormationClientConfig, 'region' | 'credentials' | 'endpoint'>;

/** Outputs by stack name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Where the stacks of a run are: in an account, or on the local runner. */
export interface Target {
  readonly kind: 'aws' | 'local';
  readonly region: string;
  /** What this person may do, which has to be much. */
  readonly client: ClientConfig;
  /** How checks shall be sized and shortened here. */
  readonly sizes: {
    /** Sessions opened at once. */
    readonly sessions: number;
    /** Seconds that an SSE session lasts. */
    readonly sessionSeconds: number;
    /** Seconds between two of its pings. */
    readonly pingSeconds: number;
    /** Rounds of a task, a second each. */
    readonly looks: number;
  };
  /** Names of the stacks that may be there. */
  readonly stacks: readonly string[];
  /** Makes the stacks what the app defines; stacks of the run that it has no more are deleted. */
  deploy(app: Omit<AppOptions, 'run'>): Promise<Outputs>;
  /** Deletes what is left; names of stacks that could not be deleted. */
  destroy(): Promise<string[]>;
  /** Keys of a role of the stack. */
  credentialsOf(caller: Caller, roleArn: string): Credentials;
  /** Environment of commands that speak to AWS. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lines that functions have logged which contain the text. */
  logged(logGroup: string, text: string): Promise<string[]>;
  /** Ends whatever runs here. Stacks in an account stay. */
  close(): Promise<void>;
}
