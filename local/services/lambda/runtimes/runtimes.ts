import { join } from 'node:path';
import { LOOPBACK } from '../../../environment.js';
import type { FunctionDefinition } from '../function.js';
import { handlerProblem } from '../handler-file.js';
import { missingSdkNotice, missingSdkPackages } from '../missing-sdk.js';
import { findOldSdk } from '../old-sdks.js';
import { BootstrapRuntime, hasBootstrap } from './bootstrap.js';
import { callbackNotice } from './callback-handlers.js';
import { JavaRuntime } from './java.js';
import type { LanguageRuntime, RuntimeCommand } from './language-runtime.js';
import { PythonRuntime } from './python.js';

export interface RuntimesOptions {
  /** Directory with AWS's runtime client for Node.js (`index.mjs`) and the shims of all languages. */
  readonly runtimeDir: string;
  /** Directory for extracted archives. */
  readonly workDir: string;
  /** Directory of the app, which can contain a `.venv`. */
  readonly cwd: string;
  /** Environment variables of the developer, which locate interpreters. */
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
}

/** The result of the check whether a function can run on this machine. */
export interface RuntimeCheck {
  /** Why the function cannot run, with a remedy. */
  readonly problem?: string;
  /** What is wrong with the handler. Its invocations fail on AWS, too. */
  readonly handler?: string;
  /** A difference between the machine and the runtime of the function. */
  readonly notice?: string;
  /** An AWS SDK of the function that ignores `AWS_ENDPOINT_URL`. */
  readonly oldSdk?: string;
  /** An AWS SDK that the function imports and Lambda's runtime has, but this machine does not. */
  readonly missingSdk?: string;
}

/** Returns the options of Node.js that start its inspector, without the messages about it. */
function inspectorOptions(port: number | undefined): string[] {
  return port === undefined ? [] : [`--inspect=${LOOPBACK}:${port}`, '--inspect-publish-uid=http'];
}

const NODE_RUNTIME = /^nodejs\d+\.x$/;

/** The supported Lambda runtimes. */
export class Runtimes {
  private readonly python: LanguageRuntime;
  private readonly java: LanguageRuntime;
  private readonly bootstrap: LanguageRuntime;

  constructor(private readonly options: RuntimesOptions) {
    const { env = process.env, platform = process.platform, ...rest } = options;
    this.python = new PythonRuntime({ ...rest, env, platform });
    this.java = new JavaRuntime({ ...rest, env, platform });
    this.bootstrap = new BootstrapRuntime({ runtimeDir: rest.runtimeDir, platform });
  }

  /**
   * Whether one process can serve concurrent invocations. Functions in other languages rely on one invocation at a time.
   */
  static isConcurrent({ runtime }: FunctionDefinition): boolean {
    return NODE_RUNTIME.test(runtime);
  }

  /**
   * Returns the command that runs a function.
   * @throws if the function cannot run on this machine, with the reason and a remedy
   */
  async command(definition: FunctionDefinition): Promise<RuntimeCommand> {
    return this.runtimeOf(definition).command(definition);
  }

  /** Checks whether a function can run on this machine. */
  async check(definition: FunctionDefinition): Promise<RuntimeCheck> {
    try {
      const runtime = this.runtimeOf(definition);
      await runtime.command(definition);
      const handler = handlerProblem(definition);
      if (handler) return { handler };
      const oldSdk = findOldSdk(definition) ?? (await runtime.installedSdk?.(definition));
      return {
        notice: await runtime.notice(definition),
        oldSdk,
        missingSdk: await runtime.missingSdk?.(definition),
      };
    } catch (error) {
      return { problem: (error as Error).message };
    }
  }

  private runtimeOf(definition: FunctionDefinition): LanguageRuntime {
    const { runtime, problem } = definition;
    if (problem !== undefined) throw new Error(problem);
    if (NODE_RUNTIME.test(runtime)) return this.node;
    if (/^python3\.\d+$/.test(runtime)) return this.python;
    if (/^java\d+(\.al2)?$/.test(runtime)) return this.java;
    if (runtime.startsWith('provided') || hasBootstrap(definition)) return this.bootstrap;
    throw new Error(
      `runtime ${runtime} is not supported by the local runner: it runs functions in Node.js, Python and Java, and bootstrap programs`,
    );
  }

  /** Runs all Node.js runtimes with the Node.js of the runner. */
  private readonly node: LanguageRuntime = {
    command: async ({ debugPort }) => {
      const { runtimeDir } = this.options;
      return {
        command: process.execPath,
        args: [
          ...inspectorOptions(debugPort),
          '--enable-source-maps',
          '--require',
          join(runtimeDir, 'ric-shim.cjs'),
          join(runtimeDir, 'index.mjs'),
        ],
      };
    },
    notice: async (definition) => callbackNotice(definition),
    missingSdk: async (definition) => {
      const packages = missingSdkPackages(definition);
      return packages.length > 0 ? missingSdkNotice(packages) : undefined;
    },
  };
}
