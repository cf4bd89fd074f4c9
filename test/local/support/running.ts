import type { Template } from '../../../local/assembly/template.js';
import { type Runner, type RunnerOptions, startRunner } from '../../../local/runner.js';
import { TestAssembly, type TestStack } from './assembly.js';

/** A running app of handwritten stacks, with the messages of the runner. */
export interface RunningApp {
  readonly runner: Runner;
  readonly notices: string[];
  /** Lines about the progress of the start. */
  readonly progress: string[];
  readonly assembly: TestAssembly;
  /** Replaces the stacks of the app and updates the runner. */
  change(stacks: Record<string, TestStack>): Promise<void>;
  stop(): Promise<void>;
}

export async function runApp(
  stacks: Record<string, TestStack>,
  options: Partial<RunnerOptions> = {},
): Promise<RunningApp> {
  const assembly = new TestAssembly(stacks);
  const notices: string[] = [];
  const progress: string[] = [];
  try {
    const runner = await startRunner({
      app: assembly.directory,
      port: 0,
      onNotice: (text) => notices.push(text),
      onProgress: (text) => progress.push(text),
      ...options,
    });
    return {
      runner,
      notices,
      progress,
      assembly,
      async change(next) {
        assembly.write(next);
        await runner.update();
      },
      async stop() {
        await runner.close();
        assembly.remove();
      },
    };
  } catch (error) {
    assembly.remove();
    throw error;
  }
}

/** Returns an app with one stack, `Test`. */
export function oneStack(
  resources: Template['Resources'],
  more: Partial<TestStack> & { outputs?: Record<string, unknown> } = {},
): Record<string, TestStack> {
  const { outputs = {}, ...stack } = more;
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }]));
  return { Test: { template: { Resources: resources, Outputs }, ...stack } };
}
