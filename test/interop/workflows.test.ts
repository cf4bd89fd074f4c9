import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { venv } from './support/venv';

const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';
const WORKFLOWS = ['build', 'pull-request-lint', 'release'].map((name) => `.github/workflows/${name}.yml`);

/** A copy of a workflow with something changed. */
function changed(file: string, from: string, to: string): string {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  const copy = join(mkdtempSync(join(tmpdir(), 'workflow-')), 'changed.yml');
  writeFileSync(copy, text.replace(from, to));
  return copy;
}

describe('zizmor, the security of the workflows', () => {
  const zizmor = (...files: string[]) => {
    const args = ['--offline', '--config', '.github/zizmor.yml', ...files];
    const { status, stdout } = spawnSync(join(venv('zizmor'), 'zizmor'), args, { encoding: 'utf8' });
    return { status, output: stdout };
  };

  test('finds nothing', () => {
    expect(zizmor(...WORKFLOWS)).toEqual({ status: 0, output: expect.stringContaining('No findings to report') });
  });

  test('finds an action that is named by a tag', () => {
    const unsafe = changed(WORKFLOWS[1], 'pull-request@48f256284bd46cdaab1048c3721360e808335d50', 'pull-request@v6');
    expect(zizmor(unsafe)).toEqual({ status: 14, output: expect.stringContaining('unpinned-uses') });
  });
});

describe('actionlint', () => {
  /** Findings; what Go says of its downloads is not among them. */
  const actionlint = (...files: string[]) => {
    const args = ['run', ACTIONLINT, '-shellcheck=', '-pyflakes=', ...files];
    const { status, stdout } = spawnSync('go', args, { encoding: 'utf8' });
    return { status, output: stdout };
  };

  test('finds nothing', () => {
    expect(actionlint(...WORKFLOWS)).toEqual({ status: 0, output: '' });
  });

  test('finds an output that no step has', () => {
    const { output } = actionlint(changed(WORKFLOWS[2], 'steps.git_remote.outputs', 'steps.git_remotes.outputs'));
    expect(output).toContain('git_remotes');
  });
});
