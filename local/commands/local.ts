import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParameterValues, parseParametersFile } from '../assembly/parameters.js';
import { INSPECTOR } from '../clients/packages.js';
import { formatLog, hintFor } from '../report/log-format.js';
import { printable } from '../report/printable.js';
import { jsonReport, startReport } from '../report/start.js';
import { type RunnerOptions, startRunner } from '../runner.js';
import { describeFault } from '../services/faults/faults.js';
import { type FaultPlan, parseFaults } from '../services/faults/file.js';
import type { LogLine } from '../services/lambda/log-lines.js';
import { openProject } from '../state/project.js';
import { printEnvironment } from './environment.js';

interface LocalOptions
  extends Pick<
    RunnerOptions,
    'app' | 'parameters' | 'port' | 'isolation' | 'enforceAuth' | 'destroyOnExit' | 'watch' | 'debug'
  > {
  readonly json?: boolean;
  /** A role of the app, whose credentials clients use. */
  readonly as?: string;
  /** Prints the environment variables for a runner that runs, and ends. */
  readonly env?: boolean;
  /** File with parameter values. */
  readonly parametersFile?: string;
  /** File with faults. */
  readonly faults?: string;
  /** URLs by SigV4 service name. */
  readonly endpoint?: Record<string, string>;
  /** Stack names. */
  readonly stack?: string[];
  /** Directories or commands by ARN or name of the function. */
  readonly function?: Record<string, string>;
  /** SigV4 service names. */
  readonly passthrough?: string[];
  readonly profile?: string;
}

/** Exit code of a program that was terminated by SIGINT. */
const INTERRUPTED = 130;

/** `mcp-lambda local`: runs the app until Ctrl-C. */
export async function local(options: LocalOptions): Promise<void> {
  const {
    json,
    stack,
    function: implementations,
    passthrough,
    profile,
    endpoint,
    parametersFile,
    parameters,
    faults,
    enforceAuth = false,
    as,
    env,
    ...rest
  } = options;
  if (env) return printEnvironment(as);
  // with --json, standard output is machine-readable
  const print = (text: string) => (json ? process.stderr : process.stdout).write(`${printable(text)}\n`);
  const notice = (text: string) => print(`· ${text.trimEnd()}`);
  const held = new Set<string>(); // notices while the stacks are deployed
  const denials = new Set<string>();
  let started = false;
  const project = openProject(process.cwd(), (text) => held.add(text));
  const starting = startRunner({
    ...rest,
    as,
    keyMaterial: project.keyMaterial,
    stacks: stack,
    enforceAuth,
    endpoints: endpoint,
    implementations,
    parameters: { ...(parametersFile && readParametersFile(parametersFile)), ...parameters },
    passthrough: passthrough && { services: passthrough, profile },
    faults: faults === undefined ? undefined : readFaults(faults),
    onUpdated: () => void starting.then((runner) => project.record(runner, { enforceAuth, as })),
    onFault: (injected) => notice(describeFault(injected)),
    onProgress: notice,
    onNotice: (text) => (started ? notice(text) : held.add(text)),
    onAccess: ({ action, resource, granted }) => {
      if (!granted) denials.add(`${action} on resource: ${resource}`);
    },
    onLog: (line, label) => {
      if (!started || repeatsDenial(line, denials)) return;
      const text = formatLog(line, label);
      if (text !== undefined) print(text);
      const hint = hintFor(line);
      if (hint) notice(hint);
    },
  });
  const stopped = waitForSignal(() => process.exit(INTERRUPTED));
  const runner = await Promise.race([starting, stopped.then(() => undefined)]).catch((error: Error) => {
    for (const text of held) notice(text);
    throw error;
  });
  started = true;
  if (runner) {
    project.record(runner, { enforceAuth, as });
    print(startReport(runner, { enforceAuth, as, inspector: inspectorCommand() }));
    for (const text of held) notice(text);
    if (json) process.stdout.write(`${jsonReport(runner, { enforceAuth, as })}\n`);
    await stopped;
    print('· stopping');
    project.remove();
    await runner.close();
  }
  process.exit(0);
}

function readParametersFile(file: string): ParameterValues {
  try {
    return parseParametersFile(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read --parameters-file ${file}: ${(error as Error).message}`);
  }
}

function readFaults(file: string): FaultPlan {
  try {
    return parseFaults(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read --faults ${file}: ${(error as Error).message}`);
  }
}

/** Whether a log line repeats an access denial, which the runner has reported with the missing grant. */
function repeatsDenial({ text, level }: LogLine, denials: ReadonlySet<string>): boolean {
  return (level === 'ERROR' || level === 'WARN') && [...denials].some((denial) => text.includes(denial));
}

/** Resolves on the first termination signal, calls back on the second. */
function waitForSignal(onSecond: () => void): Promise<void> {
  return new Promise((resolve) => {
    let signalled = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (signalled) onSecond();
        signalled = true;
        resolve();
      });
    }
  });
}

/** Returns the project's own `inspector` script if it has one, else the `npx` command. */
function inspectorCommand(): string {
  const file = join(process.cwd(), 'package.json');
  const { scripts = {} } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return scripts.inspector ? 'npm run inspector --' : `npx ${INSPECTOR}`;
}
