import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FORM_TABLE, RESPONSE_TABLE } from '../lambda/functions/response-table';

const PAGE = 'docs/reference/function-responses.md';

/** Returns the rows of the table whose first column has the given title. */
function rowsOf(title: string): string[][] {
  const lines = readFileSync(PAGE, 'utf8').split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${title} |`)) + 2;
  const end = lines.findIndex((line, index) => index >= start && !line.startsWith('|'));
  return lines.slice(start, end).map((line) => line.slice(2, -2).split(' | '));
}

test(`${PAGE} lists the rows that the tests of function responses run`, () => {
  expect(rowsOf('function response')).toEqual(
    RESPONSE_TABLE.map(({ response, readAs, client }) => [response, readAs, client]),
  );
  expect(rowsOf('form')).toEqual(FORM_TABLE.map(({ form, resource, prompt }) => [form, resource, prompt]));
});

test('every row has samples', () => {
  const empty = [...RESPONSE_TABLE, ...FORM_TABLE].filter(({ samples }) => samples.length === 0);
  expect(empty).toEqual([]);
});
