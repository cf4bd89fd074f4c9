import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchDirectory } from '../../../local/assembly/watch.js';

/** Longer than a burst takes to settle, in milliseconds. */
const SETTLED = 500;
const IGNORED = ['node_modules', 'cdk.out', '.git', '__pycache__', 'target'];

describe('watchDirectory', () => {
  let root: string;
  let changes: number;
  let end: () => void;
  const write = (path: string, text: string) => writeFileSync(join(root, path), text);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'watch-test-'));
    for (const folder of ['src', 'src/deep', 'python', ...IGNORED]) mkdirSync(join(root, folder));
    write('python/pyvenv.cfg', '');
    changes = 0;
    end = watchDirectory(root, () => {
      changes += 1;
    });
  });
  afterEach(() => {
    end();
    rmSync(root, { recursive: true, force: true });
  });

  it('reports a burst of changes once, wherever they are', async () => {
    write('src/deep/a.ts', '1');
    write('src/b.ts', '1');
    write('c.ts', '1');
    await sleep(SETTLED);
    expect(changes).toBe(1);
  });

  it('watches folders that come later', async () => {
    mkdirSync(join(root, 'new'));
    await sleep(SETTLED);
    write('new/a.ts', '1');
    await sleep(SETTLED);
    expect(changes).toBe(2);
  });

  it('ignores what tools write, and Python environments', async () => {
    for (const folder of ['python', ...IGNORED]) write(`${folder}/x`, '1');
    await sleep(SETTLED);
    expect(changes).toBe(0);
  });

  it('ignores files written again with what they had', async () => {
    write('a.ts', '1');
    await sleep(SETTLED);
    write('a.ts', '1');
    await sleep(SETTLED);
    expect(changes).toBe(1);
    write('a.ts', '2');
    await sleep(SETTLED);
    expect(changes).toBe(2);
  });

  it('reports a file that is gone', async () => {
    write('a.ts', '1');
    await sleep(SETTLED);
    rmSync(join(root, 'a.ts'));
    await sleep(SETTLED);
    expect(changes).toBe(2);
  });
});
