import { createHash } from 'node:crypto';
import { existsSync, type FSWatcher, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Directories with generated files, which are not watched. */
const IGNORED_DIRECTORIES = new Set(['node_modules', '.git', 'cdk.out', '__pycache__', 'target']);
/** File that marks a directory as a Python virtual environment. */
const PYTHON_ENVIRONMENT = 'pyvenv.cfg';
/** Debounce time in milliseconds: editors and compilers write several files at a time. */
const SETTLE_MS = 200;

/**
 * Watches a directory recursively. Calls back once per burst of changes, with the paths of the changed files and directories.
 * @returns a function that stops watching
 */
export function watchDirectory(root: string, onChange: (paths: readonly string[]) => void): () => void {
  const watcher = new DirectoryWatcher(onChange);
  watcher.add(root);
  return () => watcher.close();
}

/** Watches each directory separately: a recursive watcher would include node_modules. */
class DirectoryWatcher {
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly digests = new Map<string, string>();
  private readonly changes = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onChange: (paths: readonly string[]) => void) {}

  add(directory: string): void {
    if (this.watchers.has(directory) || existsSync(join(directory, PYTHON_ENVIRONMENT))) return;
    const watcher = watch(directory, (_, name) => {
      if (name && !IGNORED_DIRECTORIES.has(name)) this.changed(join(directory, name));
    });
    this.watchers.set(directory, watcher);
    watcher.on('error', () => this.unwatch(directory));
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory() && !IGNORED_DIRECTORIES.has(entry.name)) this.add(join(directory, entry.name));
    }
  }

  close(): void {
    clearTimeout(this.timer);
    for (const directory of [...this.watchers.keys()]) this.unwatch(directory);
  }

  private unwatch(directory: string): void {
    this.watchers.get(directory)?.close();
    this.watchers.delete(directory);
  }

  /**
   * Schedules a callback unless the file content is unchanged. The app's command may write identical build output to the source directory
   * on each run, which would start it again in an endless loop.
   */
  private changed(path: string): void {
    if (this.isUnchanged(path)) return;
    this.changes.add(path);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const paths = [...this.changes];
      this.changes.clear();
      this.onChange(paths);
    }, SETTLE_MS);
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
      return !this.digests.delete(path); // deleted: a change, unless the file was never seen
    }
  }
}
