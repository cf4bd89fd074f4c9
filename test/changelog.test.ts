import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SCRIPT = resolve('scripts/changelog.mjs');
const UNRELEASED = '# Changelog\n\nAll notable changes.\n\n## Unreleased\n\nA manual note.\n';

/** A Git repository with the given CHANGELOG.md and tags, after a bump to `version`. */
function repository({ changelog = UNRELEASED, tags = [] as string[], version = '0.1.0', commits = '' }) {
  const cwd = mkdtempSync(join(tmpdir(), 'changelog-'));
  // the developer's Git configuration may sign commits or run hooks
  const env = { ...process.env, GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd, env });
  git('init', '--quiet');
  git('commit', '--quiet', '--allow-empty', '--message', 'feat: all');
  for (const tag of tags) git('tag', tag);
  mkdirSync(join(cwd, 'dist'));
  writeFileSync(join(cwd, 'CHANGELOG.md'), changelog);
  writeFileSync(join(cwd, 'dist/version.txt'), `${version}\n`);
  writeFileSync(join(cwd, 'dist/changelog.md'), commits);
  return {
    run(command: string, env: Record<string, string> = {}) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, command], {
        cwd,
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
      return status === 0 ? stdout : stderr;
    },
    read: (file: string) => readFileSync(join(cwd, file), 'utf8'),
  };
}

const RELEASED = `${UNRELEASED.replace('A manual note.\n', '')}## 0.1.0 (2026-11-22)\n\nThe first.\n`;
const COMMITS =
  '## [0.2.0](https://x/compare/v0.1.0...v0.2.0) (2026-12-01)\n\n\n### Added\n\n* **sse:** more ([1](https://x))\n';

test('the first version is 0.1.0', () => {
  expect(repository({}).run('next')).toBe('0.1.0');
});

test('the newest untagged version is the next release', () => {
  const changelog = `${UNRELEASED}\n## 0.2.0 (2026-12-01)\n\n## 0.1.0 (2026-11-22)\n`;
  expect(repository({ changelog, tags: ['v0.1.0'] }).run('next')).toBe('0.2.0');
});

test('leaves the next version to the commits if every version is tagged', () => {
  expect(repository({ changelog: RELEASED, tags: ['v0.1.0'] }).run('next')).toBe('');
});

test('rejects a version lower than the commits require', () => {
  const changelog = `${UNRELEASED}\n## 0.1.1 (2026-12-01)\n`;
  const { run } = repository({ changelog, tags: ['v0.1.0'] });
  expect(run('next', { VERSION: '0.1.0', SUGGESTED_BUMP: 'patch' })).toBe('0.1.1');
  expect(run('next', { VERSION: '0.1.0', SUGGESTED_BUMP: 'minor' })).toContain('require at least 0.2.0');
});

test('the first section has only the manual notes', () => {
  const { run, read } = repository({ commits: '## 0.1.0 (2026-11-22)\n\n### Added\n\n* everything\n' });
  run('write');
  expect(read('CHANGELOG.md')).toBe(
    '# Changelog\n\nAll notable changes.\n\n## Unreleased\n\n## 0.1.0 (2026-11-22)\n\nA manual note.\n',
  );
});

test('a later section has the manual notes and the commits', () => {
  const changelog = RELEASED.replace('## Unreleased\n', '## Unreleased\n\nA manual note.\n');
  const { run, read } = repository({ changelog, tags: ['v0.1.0'], version: '0.2.0', commits: COMMITS });
  run('write');
  expect(read('CHANGELOG.md')).toContain(
    '## Unreleased\n\n## [0.2.0](https://x/compare/v0.1.0...v0.2.0) (2026-12-01)\n\nA manual note.\n\n### Added\n\n* **sse:** more',
  );
  expect(read('CHANGELOG.md')).toMatch(/\n\n## 0\.1\.0 \(2026-11-22\)\n\nThe first\.\n$/);
  expect(run('next')).toBe('0.2.0');
  run('notes');
  expect(read('dist/changelog.md')).toBe('A manual note.\n\n### Added\n\n* **sse:** more ([1](https://x))\n');
});

test('rejects a release without a section', () => {
  expect(repository({ changelog: RELEASED, version: '0.2.0' }).run('notes')).toContain('run `npm run changelog`');
});

/** The commit types allowed in pull request titles. */
function commitTypes(): string[] {
  const [, list] = readFileSync('.github/workflows/pull-request-lint.yml', 'utf8').match(
    /types: \|-\n((?: {12}\w+\n)+)/,
  )!;
  return list.trim().split(/\s+/);
}

test('every commit since the last release is a Conventional Commit', () => {
  const git = (...args: string[]) => spawnSync('git', args, { encoding: 'utf8' });
  const last = git('describe', '--tags', '--abbrev=0', '--match', 'v*');
  const range = last.status === 0 ? [`${last.stdout.trim()}..HEAD`] : [];
  const log = git('log', '--no-merges', '--format=%s', ...range);
  expect(log.status).toBe(0);
  const subjects = log.stdout.split('\n').filter(Boolean);
  const conventional = new RegExp(`^(${commitTypes().join('|')})(\\([^()]+\\))?!?: \\S`);
  expect(subjects.filter((subject) => !conventional.test(subject))).toEqual([]);
  expect(conventional.test('improve things')).toBe(false);
});
