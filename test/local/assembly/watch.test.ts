import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchDirectory } from '../../../local/assembly/watch.js';

/** Waits to prove that nothing is reported: longer than the debounce time. A slow machine cannot make these tests fail. */
const settle = () => sleep(500);
const IGNORED = ['node_modules', 'cdk.out', '.git', '__pycache__', 'target'];

describe('watchDirectory', () => {
  let root: string;
  let changes: number;
  let stop: () => void;
  const write = (path: string, text: string) => writeFileSync(join(root, path), text);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'watch-test-'));
    for (const folder of ['src', 'src/deep', 'python', ...IGNORED]) mkdirSync(join(root, folder));
    write('python/pyvenv.cfg', '');
    changes = 0;
    stop = watchDirectory(root, () => {
      changes += 1;
    });
  });
  afterEach(() => {
    stop();
    rmSync(root, { recursive: true, force: true });
  });

  const reported = (count: number) => expect.poll(() => changes).toBe(count);

  it('reports a burst of changes in several directories once', async () => {
    write('src/deep/a.ts', '1');
    write('src/b.ts', '1');
    write('c.ts', '1');
    await reported(1);
    await settle();
    expect(changes).toBe(1);
  });

  it('watches new directories', async () => {
    mkdirSync(join(root, 'new'));
    await reported(1);
    write('new/a.ts', '1');
    await reported(2);
  });

  it('ignores directories with generated files, and Python virtual environments', async () => {
    for (const folder of ['python', ...IGNORED]) write(`${folder}/x`, '1');
    await settle();
    expect(changes).toBe(0);
  });

  it('ignores files that are rewritten with the same content', async () => {
    write('a.ts', '1');
    await reported(1);
    write('a.ts', '1');
    await settle();
    expect(changes).toBe(1);
    write('a.ts', '2');
    await reported(2);
  });

  it('reports a deleted file', async () => {
    write('a.ts', '1');
    await reported(1);
    rmSync(join(root, 'a.ts'));
    await reported(2);
  });
});
