import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionDefinition } from '../function.js';
import { importsBoto3, isOlder, MIN_BOTOCORE, oldBotocore } from '../old-sdks.js';
import type { LanguageRuntime, RuntimeCommand } from './language-runtime.js';
import { CachedLookup, probe } from './probe.js';

interface PythonOptions {
  readonly runtimeDir: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

interface Interpreter {
  readonly command: string;
  readonly version: string;
  /** Version of botocore; absent if it is not installed. */
  readonly botocore?: string;
}

const PROBE = [
  'import sys, importlib.metadata, importlib.util',
  'print(sys.executable)',
  'print("%d.%d.%d" % sys.version_info[:3])',
  'print(importlib.metadata.version("botocore") if importlib.util.find_spec("botocore") else "")',
  'import awslambdaric.bootstrap',
].join('; ');
/** Like {@link PROBE}, but without the runtime client. */
const INTERPRETER_PROBE = 'import sys; print(sys.executable)';

/** Runs Python functions with AWS's runtime client (`awslambdaric`) in an installed interpreter. */
export class PythonRuntime implements LanguageRuntime {
  private readonly interpreters = new Map<string, CachedLookup<Interpreter>>();

  constructor(private readonly options: PythonOptions) {}

  async command({ runtime, handler, debugPort }: FunctionDefinition): Promise<RuntimeCommand> {
    const { command } = await this.interpreter(runtime).getOrRetry();
    const args = ['-X', 'utf8', join(this.options.runtimeDir, 'python-shim.py'), handler];
    const logsRecords = this.options.platform !== 'win32';
    if (debugPort === undefined) return { command, args, logsRecords };
    return { command, args, logsRecords, env: { MCP_LAMBDA_DEBUG_PORT: String(debugPort) } }; // for debugpy
  }

  async notice({ runtime }: FunctionDefinition): Promise<string | undefined> {
    const { command, version } = await this.interpreter(runtime).get();
    return `python${version}.`.startsWith(`${runtime}.`)
      ? undefined
      : `functions with runtime ${runtime} run with Python ${version} (${command})`;
  }

  async installedSdk({ runtime, codeDir }: FunctionDefinition): Promise<string | undefined> {
    const { botocore } = await this.interpreter(runtime).get();
    if (!botocore || !isOlder(botocore, MIN_BOTOCORE) || !importsBoto3(codeDir)) return undefined;
    return oldBotocore(botocore);
  }

  async missingSdk({ runtime, codeDir }: FunctionDefinition): Promise<string | undefined> {
    const { botocore, command } = await this.interpreter(runtime).get();
    if (botocore || !importsBoto3(codeDir) || existsSync(join(codeDir, 'botocore'))) return undefined;
    return `imports boto3, which is part of the Lambda runtime but not installed here: ${command} -m pip install boto3`;
  }

  private interpreter(runtime: string): CachedLookup<Interpreter> {
    const known = this.interpreters.get(runtime);
    if (known) return known;
    const search = new CachedLookup(() => this.search(runtime));
    this.interpreters.set(runtime, search);
    return search;
  }

  private async search(runtime: string): Promise<Interpreter> {
    const candidates = pythonCandidates(runtime, this.options);
    // functions do not inherit the developer's module search path either
    const { PYTHONPATH: _, PYTHONHOME: __, ...env } = this.options.env;
    for (const candidate of candidates) {
      const printed = await probe(candidate, ['-c', PROBE], env);
      const [command, version, botocore] = printed?.split(/\r?\n/) ?? [];
      if (command && version) return { command, version, ...(botocore && { botocore }) }; // bypasses version manager shims, which are slow and need environment variables
    }
    const installs: string[] = [];
    for (const candidate of candidates)
      if (await probe(candidate, ['-c', INTERPRETER_PROBE], env)) installs.push(candidate);
    throw new Error(missingPythonMessage(runtime, candidates, installs));
  }
}

/** Returns the interpreters to try, in order: virtual environments, then the exact version, then others. */
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
 * @param installed those that are installed, but do not have the runtime client
 */
function missingPythonMessage(runtime: string, candidates: readonly string[], installed: readonly string[]): string {
  const install = `${installed[0] ?? 'python3'} -m pip install awslambdaric`;
  return installed.length === 0
    ? `runtime ${runtime} requires Python, tried ${candidates.join(', ')}: install Python 3.10 or newer, then run ${install}`
    : `runtime ${runtime} requires AWS's runtime client for Python, which is missing in ${installed.join(', ')}: run ${install}`;
}
