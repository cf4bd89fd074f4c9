import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Never watched: what tools write, not people. */
const IGNORED = new Set(['node_modules', '.git', 'cdk.out']);
/** Milliseconds without a further change, after which those that came are reported: editors and compilers write in bursts. */
const SETTLE_MS = 200;

/**
 * Calls back when something in a directory has changed, once per burst. Each folder is watched by itself: a recursive watch would
 * include node_modules.
 * @returns ends the watching
 */
export function watchDirectory(root: string, onChange: () => void): () => void {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;

  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MS);
  };
  const add = (directory: string): void => {
    if (watchers.has(directory)) return;
    const watcher = watch(directory, (_, name) => {
      if (name && IGNORED.has(name)) return;
      if (name && isDirectory(join(directory, name))) add(join(directory, name));
      changed();
    });
    watchers.set(directory, watcher);
    watcher.on('error', () => {
      watcher.close(); // the folder is gone
      watchers.delete(directory);
    });
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory() && !IGNORED.has(entry.name)) add(join(directory, entry.name));
    }
  };
  add(root);
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
