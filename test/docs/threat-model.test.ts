import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/*
 * Each attack of docs/threat-model.md names the tests that show what stops it.
 */
const page = readFileSync('docs/threat-model.md', 'utf8');

/** The rows of the tables of attacks: attack, what stops it, tests, what stays open. */
const rows = [...page.matchAll(/^\| (.+) \|$/gm)]
  .map(([, row]) => row!.split(' | '))
  .filter((cells) => cells.length === 4 && cells[0] !== 'attack');

const references = (cell: string) =>
  [...cell.matchAll(/`(test\/[\w./-]+\.test\.ts)` "([^"]+)"/g)].map(([, file, name]) => ({ file: file!, name: name! }));

/** The names of the tests in a file: the first argument of `test`, `it` and `test.each(…)`. */
function namesIn(file: string): Set<string> {
  if (!existsSync(file)) return new Set();
  const calls = readFileSync(file, 'utf8').matchAll(/(?:\b(?:test|it)|\))\(\s*(['"`])((?:(?!\1)[^\\\n]|\\.)+)\1\s*,/g);
  return new Set([...calls].map(([, , name]) => name!.replaceAll(/\\(.)/g, '$1')));
}

test('lists the attacks of MCP’s security best practices', () => {
  const attacks = rows.map(([attack]) => attack!.toLowerCase()).join('\n');
  const named = ['confused deputy', 'token passthrough', 'ssrf', 'session hijacking', 'state handle hijacking'];
  for (const attack of [...named, 'local server compromise', 'scope minimization', 'tool poisoning', 'dns rebinding'])
    expect(attacks).toContain(attack);
});

test.each(rows.map(([attack, ...cells]) => [attack!, ...cells] as const))(
  '%s: says what stops it, names existing tests, and says what stays open',
  (_, stops, tests, open) => {
    expect(stops).toMatch(/\w/);
    expect(open).toMatch(/\w|^—$/);
    const found = references(tests!);
    expect(found.length).toBeGreaterThan(0);
    // nothing in the cell but references
    expect(tests!.replaceAll(/`test\/[\w./-]+` "[^"]+"/g, '').replaceAll(/[;\s]/g, '')).toBe('');
    expect(found.filter(({ file, name }) => !namesIn(file).has(name))).toEqual([]);
  },
);
