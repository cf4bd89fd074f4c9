import { accessSync, closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionDefinition } from '../function.js';
import type { LanguageRuntime, RuntimeCommand } from './language-runtime.js';

interface BootstrapOptions {
  readonly runtimeDir: string;
  readonly platform: NodeJS.Platform;
}

/** Numbers of processor architectures in the ELF header, with the names of Node.js and Lambda. */
const MACHINES: Readonly<Record<number, { readonly node: string; readonly lambda: string }>> = {
  62: { node: 'x64', lambda: 'x86_64' },
  183: { node: 'arm64', lambda: 'arm64' },
};
/** Position of the architecture in the ELF header, in bytes. */
const ELF_MACHINE = 18;

/** Whether a function has its own runtime: an executable file `bootstrap` in its code or its layers. */
export function hasBootstrap(definition: FunctionDefinition): boolean {
  return bootstrapOf(definition) !== undefined;
}

/** Runs functions with their own runtime (`provided.*`), if the program is for this system and processor. */
export class BootstrapRuntime implements LanguageRuntime {
  constructor(private readonly options: BootstrapOptions) {}

  async command(definition: FunctionDefinition): Promise<RuntimeCommand> {
    const { runtime } = definition;
    const program = bootstrapOf(definition);
    if (!program) throw new Error(`runtime ${runtime} requires the file bootstrap, which the code does not contain`);
    const problem = this.problemOf(program);
    if (problem) throw new Error(`runtime ${runtime}: ${problem}`);
    return { command: '/bin/sh', args: [join(this.options.runtimeDir, 'guard.sh'), program] };
  }

  async notice(): Promise<undefined> {}

  /** Returns why this machine cannot run a program. */
  private problemOf(program: string): string | undefined {
    const { platform } = this.options;
    if (platform === 'win32') return 'its bootstrap does not run on Windows';
    const head = readHead(program);
    if (head.toString('latin1', 0, 2) === '#!') return undefined;
    if (head.toString('latin1', 1, 4) !== 'ELF') return 'its bootstrap is neither a Linux program nor a script';
    if (platform !== 'linux') return `its bootstrap is a Linux program, which does not run on ${platform}`;
    const machine = MACHINES[head.readUInt16LE(ELF_MACHINE)];
    if (machine?.node === process.arch) return undefined;
    return `its bootstrap is built for ${machine?.lambda ?? 'another processor'}, this machine is ${process.arch}: build it for this processor`;
  }
}

function bootstrapOf({ codeDir, layersDir }: FunctionDefinition): string | undefined {
  return [codeDir, ...(layersDir ? [layersDir] : [])]
    .map((directory) => join(directory, 'bootstrap'))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readHead(path: string): Buffer {
  const head = Buffer.alloc(20);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return head;
}
