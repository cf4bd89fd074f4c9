import { createHash } from 'node:crypto';
import { existsSync, type FSWatcher, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Never watched: what tools write, not people. */
const IGNORED = new Set(['node_modules', '.git', 'cdk.out', '__pycache__', 'target']);
/** What makes a folder a Python environment, whatever its name. */
const PYTHON_ENVIRONMENT = 'pyvenv.cfg';
/** Milliseconds without a further change, after which those that came are reported: editors and compilers write in bursts. */
const SETTLE_MS = 200;

/**
 * Calls back when something in a directory has changed, once per burst.
 * @returns ends the watching
 */
export function watchDirectory(root: string, onChange: () => void): () => void {
  const watcher = new DirectoryWatcher(onChange);
  watcher.add(root);
  return () => watcher.close();
}

/** Each folder is watched by itself: a recursive watch would include node_modules. */
class DirectoryWatcher {
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly digests = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onChange: () => void) {}

  add(directory: string): void {
    if (this.watchers.has(directory) || existsSync(join(directory, PYTHON_ENVIRONMENT))) return;
    const watcher = watch(directory, (_, name) => {
      if (name && !IGNORED.has(name)) this.seen(join(directory, name));
    });
    this.watchers.set(directory, watcher);
    watcher.on('error', () => this.drop(directory));
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory() && !IGNORED.has(entry.name)) this.add(join(directory, entry.name));
    }
  }

  close(): void {
    clearTimeout(this.timer);
    for (const directory of [...this.watchers.keys()]) this.drop(directory);
  }

  private drop(directory: string): void {
    this.watchers.get(directory)?.close();
    this.watchers.delete(directory);
  }

  /**
   * A file written again with what it had is no change: an app's command may write build output among the sources each time it runs,
   * and would else be run for ever.
   */
  private seen(path: string): void {
    if (this.isUnchanged(path)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.onChange, SETTLE_MS);
  }

  private isUnchanged(path: string): boolean {
    try {
      if (statSync(path).isDirectory()) {
        const known = this.watchers.has(path);
        this.add(path);
        return known;
      }
      const digest = createHash('sha1').update(readFileSync(path)).digest('hex');
      const before = this.digests.get(path);
      this.digests.set(path, digest);
      return digest === before;
    } catch {
      return !this.digests.delete(path); // it is gone: a change, unless it came and went
    }
  }
}
