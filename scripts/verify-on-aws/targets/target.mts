import type { CloudFormationClientConfig } from '@aws-sdk/client-cloudformation';
import type { Caller } from '../check.mjs';
import type { Credentials } from '../client/signed-fetch.mjs';
import type { AppOptions } from '../stack.mjs';

/** Configuration accepted by every AWS SDK client. */
export type ClientConfig = Pick<CloudFormationClientConfig, 'region' | 'credentials' | 'endpoint'>;

/** Outputs by stack name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Where the stacks of a run are deployed: an AWS account or the local runner. */
export interface Target {
  readonly kind: 'aws' | 'local';
  readonly region: string;
  /** Client configuration with the administrator credentials that deploy the stacks. */
  readonly client: ClientConfig;
  /** Size and duration of the checks on this target. */
  readonly sizes: {
    /** Number of sessions to open concurrently. */
    readonly sessions: number;
    /** Duration of an SSE session, in seconds. */
    readonly sessionSeconds: number;
    /** Interval between pings of an SSE session, in seconds. */
    readonly pingSeconds: number;
    /** Number of rounds of a task, one second each. */
    readonly rounds: number;
  };
  /** Names of the stacks that may exist. */
  readonly stacks: readonly string[];
  /** Deploys the stacks of the app. Deletes stacks of the run that the app no longer defines. */
  deploy(app: Omit<AppOptions, 'run'>): Promise<Outputs>;
  /** Deletes the remaining stacks. Returns the names of those that could not be deleted. */
  destroy(): Promise<string[]>;
  /** Credentials of a role of the stack. @param sessionName name of the role session; by default one for each caller */
  credentialsOf(caller: Caller, roleArn: string, sessionName?: string): Credentials;
  /** Gets an access token of a program with scopes, for the server with access tokens. @param outputs outputs of its stack */
  accessToken(outputs: Readonly<Record<string, string>>, scopes: readonly string[]): Promise<string>;
  /** Environment for commands that call AWS. */
  readonly environment: Readonly<Record<string, string>>;
  /** Log lines of the functions that contain the text. */
  logged(logGroup: string, text: string): Promise<string[]>;
  /** Stops local processes. Stacks in an account are kept. */
  close(): Promise<void>;
}
