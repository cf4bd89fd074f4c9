import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionDefinition } from '../function.js';
import { probe, Search } from './probe.js';
import type { LanguageRuntime, RuntimeCommand } from './runtimes.js';

export interface PythonOptions {
  readonly runtimeDir: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

interface Interpreter {
  readonly command: string;
  readonly version: string;
}

const PROBE =
  'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3]); import awslambdaric.bootstrap';
/** As {@link PROBE}, for an interpreter without the client. */
const PLAIN_PROBE = 'import sys; print(sys.executable)';

/** Functions in Python: AWS's own runtime client (`awslambdaric`) in an interpreter that the developer has. */
export class PythonRuntime implements LanguageRuntime {
  private readonly interpreters = new Map<string, Search<Interpreter>>();

  constructor(private readonly options: PythonOptions) {}

  async command({ runtime, handler }: FunctionDefinition): Promise<RuntimeCommand> {
    const { command } = await this.interpreter(runtime).retried();
    // -B: what is run may be the developer's sources
    const args = ['-B', '-X', 'utf8', join(this.options.runtimeDir, 'python-shim.py'), handler];
    return { command, args, logsRecords: this.options.platform !== 'win32' };
  }

  async notice({ runtime }: FunctionDefinition): Promise<string | undefined> {
    const { command, version } = await this.interpreter(runtime).result();
    return `python${version}.`.startsWith(`${runtime}.`)
      ? undefined
      : `functions with runtime ${runtime} run with Python ${version} (${command})`;
  }

  private interpreter(runtime: string): Search<Interpreter> {
    const known = this.interpreters.get(runtime);
    if (known) return known;
    const search = new Search(() => this.search(runtime));
    this.interpreters.set(runtime, search);
    return search;
  }

  private async search(runtime: string): Promise<Interpreter> {
    const candidates = pythonCandidates(runtime, this.options);
    // as for the functions: the developer's search path must not leak in
    const { PYTHONPATH: _, PYTHONHOME: __, ...env } = this.options.env;
    for (const candidate of candidates) {
      const printed = await probe(candidate, ['-c', PROBE], env);
      const [command, version] = printed?.split(/\r?\n/) ?? [];
      if (command && version) return { command, version }; // past shims, which are slow and need variables of their own
    }
    const installs: string[] = [];
    for (const candidate of candidates) if (await probe(candidate, ['-c', PLAIN_PROBE], env)) installs.push(candidate);
    throw new Error(pythonMissing(runtime, candidates, installs));
  }
}

/** Interpreters in the order in which they are tried: an environment of the app's first, then the one of the very version. */
export function pythonCandidates(runtime: string, { cwd, env, platform }: Omit<PythonOptions, 'runtimeDir'>): string[] {
  const program = platform === 'win32' ? join('Scripts', 'python.exe') : join('bin', 'python');
  const environments = [...(env.VIRTUAL_ENV ? [env.VIRTUAL_ENV] : []), join(cwd, '.venv')];
  return [
    ...new Set([
      ...environments.map((environment) => join(environment, program)).filter(existsSync),
      runtime,
      'python3',
      ...(platform === 'win32' ? ['python'] : []),
    ]),
  ];
}

/**
 * @param candidates interpreters that were tried
 * @param present those of them that are there, without the client
 */
export function pythonMissing(runtime: string, candidates: readonly string[], present: readonly string[]): string {
  const install = `${present[0] ?? 'python3'} -m pip install awslambdaric`;
  return present.length === 0
    ? `runtime ${runtime} needs Python, and none of ${candidates.join(', ')} is here: install Python 3.10 or newer, then ${install}`
    : `runtime ${runtime} needs AWS's runtime client for Python, and none of ${present.join(', ')} has it: ${install}`;
}
