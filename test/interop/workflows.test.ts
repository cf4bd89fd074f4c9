import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { venv } from './support/venv';

const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';
const WORKFLOWS = ['build', 'pull-request-lint', 'release', 'nightly'].map((name) => `.github/workflows/${name}.yml`);

/** Copies a workflow and replaces a text in it. */
function changed(file: string, from: string, to: string): string {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not contain "${from}"`);
  const copy = join(mkdtempSync(join(tmpdir(), 'workflow-')), 'changed.yml');
  writeFileSync(copy, text.replace(from, to));
  return copy;
}

describe('zizmor', () => {
  const zizmor = (...files: string[]) => {
    const args = ['--offline', '--config', '.github/zizmor.yml', ...files];
    const { status, stdout } = spawnSync(join(venv('zizmor'), 'zizmor'), args, { encoding: 'utf8' });
    return { status, output: stdout };
  };

  test('reports no findings', () => {
    expect(zizmor(...WORKFLOWS)).toEqual({ status: 0, output: expect.stringContaining('No findings to report') });
  });

  test('reports an action that is pinned to a tag', () => {
    const unsafe = changed(WORKFLOWS[1], 'pull-request@48f256284bd46cdaab1048c3721360e808335d50', 'pull-request@v6');
    expect(zizmor(unsafe)).toEqual({ status: 14, output: expect.stringContaining('unpinned-uses') });
  });
});

describe('actionlint', () => {
  /** Runs actionlint. Its output excludes Go's download messages. */
  const actionlint = (...files: string[]) => {
    const args = ['run', ACTIONLINT, '-shellcheck=', '-pyflakes=', ...files];
    const { status, stdout } = spawnSync('go', args, { encoding: 'utf8' });
    return { status, output: stdout };
  };

  test('reports no findings', () => {
    expect(actionlint(...WORKFLOWS)).toEqual({ status: 0, output: '' });
  });

  test('reports an undefined step output', () => {
    const { output } = actionlint(changed(WORKFLOWS[2], 'steps.git_remote.outputs', 'steps.git_remotes.outputs'));
    expect(output).toContain('git_remotes');
  });
});
