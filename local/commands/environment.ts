import { exportLines } from '../report/export-lines.js';
import { stateDirectory } from '../state/directory.js';
import { ADMIN, credentialsOf, runnerOf } from '../state/running.js';

/** `mcp-lambda local --env`: prints the lines of a shell script that make AWS SDKs and the AWS CLI use the runner of this directory. */
export function printEnvironment(as?: string): void {
  const runner = runnerOf(stateDirectory(), process.cwd());
  if (!runner) throw new Error(`no runner runs in ${process.cwd()}: start mcp-lambda local in another terminal first`);
  const credentials = credentialsOf(runner, as ?? runner.as ?? ADMIN);
  process.stdout.write(`${exportLines({ ...runner, credentials }).join('\n')}\n`);
}
