import { join } from 'node:path';
import type { FunctionDefinition } from './function.js';

/** How a function's process is started. */
export interface RuntimeCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * The program that runs functions of a runtime.
 * @param runtimeDir directory with AWS's runtime client (`index.mjs`) and `ric-shim.cjs`
 * @throws for runtimes that there is no client for here
 */
export function runtimeCommand(definition: FunctionDefinition, runtimeDir: string): RuntimeCommand {
  if (/^nodejs\d+\.x$/.test(definition.runtime)) {
    // whatever version the template names: the Node that runs the runner
    return {
      command: process.execPath,
      args: ['--require', join(runtimeDir, 'ric-shim.cjs'), join(runtimeDir, 'index.mjs')],
    };
  }
  throw new Error(
    `function ${definition.name} has runtime ${definition.runtime}, for which there is no runtime client here: only nodejs functions run locally`,
  );
}
