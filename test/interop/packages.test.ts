import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packages } from './support/packages';

test.each([
  ['npm', packages.npm, 2_000_000],
  ['PyPI', packages.wheel, 2_200_000],
  ['Maven', packages.jar, 2_200_000],
])('the package for %s is small', (_registry, file, limit) => {
  expect(statSync(file()).size).toBeLessThan(limit);
});
