// CHANGELOG.md decides what is released: its newest version that has no tag is the next one, and its section is the text of
// the GitHub release. Run by projen's tasks:
//   next   prints that version; nothing where there is none: then the commits decide (`npm run changelog` asks them)
//   write  makes the section: what stands under "Unreleased", then the commits since the last release (dist/changelog.md)
//   notes  makes dist/changelog.md from the section of the version in dist/version.txt
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

/** The parts of the file, each from its `## ` on; the first is what stands above them. */
const parts = readFileSync(FILE, 'utf8').split(/^(?=## )/m);
const sectionOf = (version) => parts.find((part) => part.match(VERSION)?.[1] === version);
const newest = parts.map((part) => part.match(VERSION)?.[1]).find(Boolean);
const isTagged = (version) => execFileSync('git', ['tag', '--list', `v${version}`], { encoding: 'utf8' }).trim() !== '';
/** Without its heading. */
const body = (part) => part.replace(/^.*\n/, '').trim();

function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : left[at] - right[at];
}

/** What the commits ask for: before 1.0 a break is `minor`. */
function atLeast(version, bump) {
  const [major, minor, patch] = version.split('.').map(Number);
  if (bump === 'major') return `${major + 1}.0.0`;
  if (bump === 'minor') return `${major}.${minor + 1}.0`;
  return bump === 'patch' ? `${major}.${minor}.${patch + 1}` : version;
}

function next() {
  const { VERSION: released = '0.0.0', SUGGESTED_BUMP: bump = 'none' } = env;
  if (!newest || isTagged(newest)) return newest ? '' : FIRST;
  const lowest = atLeast(released, bump);
  if (compare(newest, lowest) >= 0) return newest;
  return fail(`${FILE} says ${newest}; the commits since ${released} need ${lowest} at least: correct its heading`);
}

function write() {
  const version = readFileSync('dist/version.txt', 'utf8').trim();
  if (sectionOf(version)) fail(`${FILE} has a section ${version}: edit it, or add a commit that needs a release`);
  const at = parts.findIndex((part) => part.startsWith(UNRELEASED));
  if (at < 0) fail(`${FILE} has no "${UNRELEASED}"`);
  const [heading, ...commits] = readFileSync('dist/changelog.md', 'utf8').trim().split('\n');
  // of the first release the notes say all: the commits before it changed nothing that anybody had
  const texts = [body(parts[at]), newest ? commits.join('\n').trim() : ''].filter(Boolean);
  const section = [heading.replace(/^#+/, '##'), ...texts].join('\n\n').replace(/\n{3,}/g, '\n\n');
  parts.splice(at, 1, `${UNRELEASED}\n\n`, `${section}\n\n`);
  writeFileSync(FILE, `${parts.join('').trimEnd()}\n`);
  console.error(`${FILE}: ${version}. Read it, edit it, and commit it (docs: changelog of ${version})`);
}

function notes() {
  const version = readFileSync('dist/version.txt', 'utf8').trim();
  const section = sectionOf(version);
  if (!section) fail(`${FILE} has no section ${version}: run \`npm run changelog\`, edit what it writes, commit it`);
  writeFileSync('dist/changelog.md', `${body(section)}\n`);
}

const commands = { next: () => stdout.write(next()), write, notes };
const command = commands[argv[2]] ?? fail(`unknown command ${argv[2]}: ${Object.keys(commands).join(', ')}`);
command();
