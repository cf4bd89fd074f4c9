import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AUDIT_KINDS, AUDIT_OUTCOMES, AUDIT_REASONS } from '../../src/private/audit';

const page = readFileSync('docs/reference/audit-records.md', 'utf8');
const source = readFileSync('src/private/audit.ts', 'utf8');

/** The names in the first column of a table. */
function names(header: string): string[] {
  const rows = page
    .slice(page.indexOf(`\n| ${header} |`) + 1)
    .split('\n\n')[0]!
    .split('\n')
    .slice(2)
    .filter((row) => row.startsWith('|'));
  return rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

test('the page has every field of a record, in order', () => {
  const [, fields] = /interface AuditRecord \{\n([\s\S]*?)\n\}/.exec(source)!;
  expect(names('field | content')).toEqual([...fields!.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name));
});

test.each([
  ['`kind` | one record for each', AUDIT_KINDS],
  ['`outcome` | meaning', AUDIT_OUTCOMES],
  ['`reason` | meaning', AUDIT_REASONS],
])('the page has every value of %s', (column, values) => {
  expect(names(column)).toEqual([...values]);
});
