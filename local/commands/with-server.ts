import { DeployedServer } from '../deployed/deployed-server.js';
import { credentialsFailure, EXIT, Failure, rejectionHint } from '../deployed/failure.js';
import type { ServerOptions } from '../deployed/server-options.js';
import { Terminal } from '../deployed/terminal.js';

// biome-ignore lint/suspicious/noConfusingVoidType: most commands return nothing
type Outcome = number | void;

/** What a command works with. */
export interface CommandContext {
  readonly server: DeployedServer;
  readonly terminal: Terminal;
}

/**
 * Runs a command for a server, and sets the exit code.
 * @param action returns the exit code; 0 when absent
 */
export async function withServer(
  options: ServerOptions,
  action: (context: CommandContext) => Promise<Outcome>,
): Promise<void> {
  await withTerminal(options, async (terminal) => {
    terminal.progress('finding the server');
    const server = await DeployedServer.find(options);
    return action({ server, terminal });
  });
}

/** Runs a command that reports failures with hints. */
export async function withTerminal(
  { json = false }: Pick<ServerOptions, 'json'>,
  action: (terminal: Terminal) => Promise<Outcome>,
): Promise<void> {
  const terminal = new Terminal(json);
  try {
    process.exitCode = (await action(terminal)) ?? EXIT.SUCCESS;
  } catch (error) {
    const { message, hints, exitCode } = explained(error as Error);
    terminal.note({ text: 'mcp-lambda: ', style: 'red' }, message);
    for (const hint of hints) terminal.note({ text: '  → ', style: 'dim' }, hint);
    process.exitCode = exitCode;
  } finally {
    terminal.clearProgress();
  }
}

/** Returns an error as a failure. Errors of AWS and of the credential chain get hints. */
function explained(error: Error): Failure {
  if (error instanceof Failure) return error;
  const { name, message } = error;
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') return credentialsFailure(error);
  const rejection = rejectionHint(name, message);
  if (rejection !== undefined) return new Failure(message, [rejection]);
  if (/AccessDenied|not authorized to perform/.test(`${name} ${message}`)) {
    return new Failure(message, ['docs/iam/operate.json has the permissions of these commands']);
  }
  if (/does not exist/.test(message) && name === 'ValidationError') {
    return new Failure(message, ['check --stack, --region and --profile: aws cloudformation list-stacks']);
  }
  return new Failure(message || name);
}
