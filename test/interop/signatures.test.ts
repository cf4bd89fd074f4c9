import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { signatures } from './support/signatures';

/*
 * examples.test.ts runs the Python and Java packages, go.test.ts the Go module. C# is only generated, because a .NET SDK is not available
 * from npm, PyPI, Maven Central or Debian.
 */
let generated: string;
beforeAll(() => {
  generated = mkdtempSync(join(tmpdir(), 'generated-'));
  const pacmak = ['node_modules/jsii-pacmak/bin/jsii-pacmak', '--code-only', '--outdir', generated];
  execFileSync(process.execPath, [...pacmak, '-t', 'python', '-t', 'dotnet', '-t', 'go'], { stdio: 'inherit' });
});

test.each(Object.keys(signatures))('%s: the public API matches the reviewed snapshot', async (language) => {
  await expect(signatures[language]!(generated)).toMatchFileSnapshot(`signatures/${language}.txt`);
});
