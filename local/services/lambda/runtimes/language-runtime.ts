import type { FunctionDefinition } from '../function.js';

/** File descriptor for log records in Lambda's framing protocol. */
export const RECORDS_FD = 3;

/** The command that starts a function's process. */
export interface RuntimeCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the program writes log records to file descriptor {@link RECORDS_FD}. */
  readonly logsRecords?: boolean;
}

/** Runs the functions of one language. */
export interface LanguageRuntime {
  /**
   * Returns the command that runs a function. With {@link FunctionDefinition.debugPort}, a debugger can attach to the process.
   * @throws if something is missing on this machine, with instructions to install it
   */
  command(definition: FunctionDefinition): Promise<RuntimeCommand>;
  /** Returns a notice if the local language version differs from the runtime of the function. */
  notice(definition: FunctionDefinition): Promise<string | undefined>;
  /** Returns the AWS SDK outside the code of the function, if it ignores `AWS_ENDPOINT_URL`. */
  installedSdk?(definition: FunctionDefinition): Promise<string | undefined>;
  /** Returns the notice about an AWS SDK that the function expects in the runtime and that is not installed, without its subject. */
  missingSdk?(definition: FunctionDefinition): Promise<string | undefined>;
}
