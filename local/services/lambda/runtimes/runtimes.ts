import { join } from 'node:path';
import type { FunctionDefinition } from '../function.js';
import { JavaRuntime } from './java.js';
import { PythonRuntime } from './python.js';

/** Where a program writes log records in AWS's frames, past standard output. */
export const RECORDS_FD = 3;

/** How a function's process is started. */
export interface RuntimeCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Whether the program writes log records to file descriptor {@link RECORDS_FD}. */
  readonly logsRecords?: boolean;
}

/** What runs functions of one language. */
export interface LanguageRuntime {
  /** @throws when something is missing on this machine: says what, and how to install it */
  command(definition: FunctionDefinition): Promise<RuntimeCommand>;
  /** What differs from the runtime that the template names. */
  notice(definition: FunctionDefinition): Promise<string | undefined>;
}

export interface RuntimesOptions {
  /** Directory with AWS's runtime client for Node.js (`index.mjs`) and what starts the others. */
  readonly runtimeDir: string;
  /** Directory for what is unpacked. */
  readonly workDir: string;
  /** Where a `.venv` may be: the app's directory. */
  readonly cwd: string;
  /** The developer's; says where interpreters are. */
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
}

/** Whether functions of a runtime run here, and how they start. */
export class Runtimes {
  private readonly python: LanguageRuntime;
  private readonly java: LanguageRuntime;

  constructor(private readonly options: RuntimesOptions) {
    const { env = process.env, platform = process.platform, ...rest } = options;
    this.python = new PythonRuntime({ ...rest, env, platform });
    this.java = new JavaRuntime({ ...rest, env, platform });
  }

  /**
   * Whether a process serves many invocations at a time when asked to. Functions in other languages rely on being alone in theirs.
   */
  static isConcurrent({ runtime }: FunctionDefinition): boolean {
    return /^nodejs\d+\.x$/.test(runtime);
  }

  /**
   * The program that runs a function.
   * @throws when it cannot run here: says why, and what to do about it
   */
  async command(definition: FunctionDefinition): Promise<RuntimeCommand> {
    return this.runtimeOf(definition).command(definition);
  }

  /** Whether a function can run here, and what is different from Lambda. */
  async check(definition: FunctionDefinition): Promise<{ problem?: string; notice?: string }> {
    try {
      const runtime = this.runtimeOf(definition);
      await runtime.command(definition);
      return { notice: await runtime.notice(definition) };
    } catch (error) {
      return { problem: (error as Error).message };
    }
  }

  private runtimeOf({ runtime }: FunctionDefinition): LanguageRuntime {
    if (/^nodejs\d+\.x$/.test(runtime)) return this.node;
    if (/^python3\.\d+$/.test(runtime)) return this.python;
    if (/^java\d+(\.al2)?$/.test(runtime)) return this.java;
    const what = runtime === '' ? 'container images do' : `runtime ${runtime} does`;
    throw new Error(`${what} not run here: only functions in Node.js, Python and Java do`);
  }

  /** Whatever version the template names: the Node that runs the runner. */
  private readonly node: LanguageRuntime = {
    command: async () => {
      const { runtimeDir } = this.options;
      return {
        command: process.execPath,
        args: ['--require', join(runtimeDir, 'ric-shim.cjs'), join(runtimeDir, 'index.mjs')],
      };
    },
    notice: async () => undefined,
  };
}
