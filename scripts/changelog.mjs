// Derives releases from CHANGELOG.md: its newest untagged version is the next release, and the section of that version is the text
// of the GitHub release. Commands, run by projen tasks:
//   next   prints the next version, or nothing if every version is tagged; then the commits decide (`npm run changelog`)
//   write  adds a section with the notes under "Unreleased" and the commits since the last release (dist/changelog.md)
//   notes  writes the section of the version in dist/version.txt to dist/changelog.md
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { argv, env, exit, stdout } from 'node:process';

const FILE = 'CHANGELOG.md';
const FIRST = '0.1.0';
const UNRELEASED = '## Unreleased';
const VERSION = /^## \[?(\d+\.\d+\.\d+)/;

function fail(message) {
  console.error(message);
  exit(1);
}

/** The preamble of the file, then its sections, each starting with `## `. */
const parts = readFileSync(FILE, 'utf8').split(/^(?=## )/m);
const sectionOf = (version) => parts.find((part) => part.match(VERSION)?.[1] === version);
const newest = parts.map((part) => part.match(VERSION)?.[1]).find(Boolean);
const isTagged = (version) => execFileSync('git', ['tag', '--list', `v${version}`], { encoding: 'utf8' }).trim() !== '';
/** The text of a section without its heading. */
const body = (part) => part.replace(/^.*\n/, '').trim();

function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : left[at] - right[at];
}

/** The lowest version that the commits allow. Before 1.0, a breaking change is a `minor` bump. */
function minimumVersion(version, bump) {
  const [major, minor, patch] = version.split('.').map(Number);
  if (bump === 'major') return `${major + 1}.0.0`;
  if (bump === 'minor') return `${major}.${minor + 1}.0`;
  return bump === 'patch' ? `${major}.${minor}.${patch + 1}` : version;
}

function next() {
  const { VERSION: released = '0.0.0', SUGGESTED_BUMP: bump = 'none' } = env;
  if (!newest || isTagged(newest)) return newest ? '' : FIRST;
  const lowest = minimumVersion(released, bump);
  if (compare(newest, lowest) >= 0) return newest;
  return fail(
    `${FILE} has version ${newest}, but the commits since ${released} require at least ${lowest}: correct the heading`,
  );
}

function write() {
  const version = readFileSync('dist/version.txt', 'utf8').trim();
  if (sectionOf(version))
    fail(`${FILE} already has a section for ${version}: edit it, or commit a change that requires a release`);
  const at = parts.findIndex((part) => part.startsWith(UNRELEASED));
  if (at < 0) fail(`${FILE} has no section "${UNRELEASED}"`);
  const [heading, ...commits] = readFileSync('dist/changelog.md', 'utf8').trim().split('\n');
  // for the first release, the notes suffice: its commits changed nothing that was released before
  const texts = [body(parts[at]), newest ? commits.join('\n').trim() : ''].filter(Boolean);
  const section = [heading.replace(/^#+/, '##'), ...texts].join('\n\n').replace(/\n{3,}/g, '\n\n');
  parts.splice(at, 1, `${UNRELEASED}\n\n`, `${section}\n\n`);
  writeFileSync(FILE, `${parts.join('').trimEnd()}\n`);
  console.error(`added ${version} to ${FILE}: review it, edit it and commit it (docs: changelog of ${version})`);
}

function notes() {
  const version = readFileSync('dist/version.txt', 'utf8').trim();
  const section = sectionOf(version);
  if (!section)
    fail(`${FILE} has no section for ${version}: run \`npm run changelog\`, edit the new section and commit it`);
  writeFileSync('dist/changelog.md', `${body(section)}\n`);
}

const commands = { next: () => stdout.write(next()), write, notes };
const command =
  commands[argv[2]] ?? fail(`unknown command "${argv[2]}": expected one of ${Object.keys(commands).join(', ')}`);
command();
