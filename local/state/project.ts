import type { Runner } from '../runner.js';
import { stateDirectory } from './directory.js';
import { type KeyMaterial, projectMaterial, randomMaterial, userSeed } from './key-material.js';
import { recordRunner } from './running.js';

/** What the runner keeps on this machine for a project. */
export interface ProjectState {
  /** Keys that are the same at each start; random ones if the state cannot be kept. */
  readonly keyMaterial: KeyMaterial;
  /** Records the runner, or what has changed. */
  record(runner: Runner, options: { readonly enforceAuth: boolean; readonly as?: string }): void;
  /** Removes the record. */
  remove(): void;
}

/** Opens the state of the project in a directory. */
export function openProject(cwd: string, onNotice: (text: string) => void): ProjectState {
  const directory = stateDirectory();
  const startedAt = Date.now();
  try {
    const keyMaterial = projectMaterial(userSeed(directory), cwd);
    let remove = () => {};
    return {
      keyMaterial,
      record({ region, awsEndpointUrl, servers, admin, roles }, options) {
        const running = { region, awsEndpointUrl, servers, admin, roles, ...options };
        remove = recordRunner(directory, { pid: process.pid, cwd, startedAt, ...running });
      },
      remove: () => remove(),
    };
  } catch (error) {
    onNotice(
      `cannot write to ${directory} (${(error as Error).message}): keys change with each start, and --env, add and connect --as do not find this runner`,
    );
    return { keyMaterial: randomMaterial, record: () => {}, remove: () => {} };
  }
}
