import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParameterValues, parseParametersFile } from '../assembly/parameters.js';
import { INSPECTOR } from '../clients/packages.js';
import { JsonLines } from '../report/json-lines.js';
import { LiveReport } from '../report/live.js';
import { startReport } from '../report/start.js';
import { Terminal } from '../report/terminal.js';
import { type RunnerOptions, startRunner } from '../runner.js';
import { type FaultPlan, parseFaults } from '../services/faults/file.js';
import { openProject } from '../state/project.js';
import { printEnvironment } from './environment.js';

interface LocalOptions
  extends Pick<
    RunnerOptions,
    'app' | 'parameters' | 'port' | 'isolation' | 'enforceAuth' | 'destroyOnExit' | 'watch' | 'debug'
  > {
  readonly json?: boolean;
  readonly verbose?: boolean;
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
    verbose = false,
    as,
    env,
    ...rest
  } = options;
  if (env) return printEnvironment(as);
  // with --json, standard output is machine-readable
  const live = new LiveReport(new Terminal(json ? process.stderr : process.stdout), { cwd: process.cwd(), verbose });
  const events = json ? new JsonLines(process.stdout) : undefined;
  const held = new Set<string>(); // notices while the stacks are deployed
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
    onFault: (injected) => {
      live.fault(injected);
      events?.fault(injected);
    },
    onProgress: (text) => live.notice(text.trimEnd()),
    onOutput: (text) => live.output(text),
    onStep: (text) => live.step(text),
    onNotice: (text) => {
      if (started) live.notice(text.trimEnd());
      else held.add(text);
      events?.notice(text);
    },
    onUpdate: (update) => {
      if (!('error' in update)) void starting.then((runner) => project.record(runner, { enforceAuth, as }));
      live.update(update);
      events?.update(update);
    },
    onAccess: ({ action, resource, granted }) => {
      if (!granted) live.denied(action, resource);
    },
    onLog: (line, label, call) => {
      if (!started && !verbose) return;
      live.log(line, label, call);
      events?.log(line, label, call);
    },
  });
  const stopped = waitForSignal(() => process.exit(INTERRUPTED));
  const runner = await Promise.race([starting, stopped.then(() => undefined)]).catch((error: Error) => {
    for (const text of held) live.notice(text);
    throw error;
  });
  started = true;
  if (runner) {
    project.record(runner, { enforceAuth, as });
    live.print(['\n', ...startReport(runner, { enforceAuth, as, inspector: inspectorCommand(), verbose }), '\n']);
    for (const text of held) live.notice(text);
    events?.ready(runner, { enforceAuth, as });
    runner.warm();
    runner.calls.on('started', (call) => live.callStarted(call));
    runner.calls.on('finished', (call) => {
      live.callFinished(call);
      events?.call(call);
    });
    await stopped;
    live.flush();
    live.notice('stopping');
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
