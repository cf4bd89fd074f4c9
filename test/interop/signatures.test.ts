import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { signatures } from './support/signatures';

/*
 * Python and Java are used by examples.test.ts, Go by go.test.ts; C# is generated only: neither npm nor PyPI, Maven Central
 * or Debian has a .NET SDK, and jsii's runtime and the CDK for .NET are on NuGet alone.
 */
let generated: string;
beforeAll(() => {
  generated = mkdtempSync(join(tmpdir(), 'generated-'));
  const pacmak = ['node_modules/jsii-pacmak/bin/jsii-pacmak', '--code-only', '--outdir', generated];
  execFileSync(process.execPath, [...pacmak, '-t', 'python', '-t', 'dotnet', '-t', 'go'], { stdio: 'inherit' });
});

test.each(Object.keys(signatures))('%s: the public API is the one that was reviewed', async (language) => {
  await expect(signatures[language]!(generated)).toMatchFileSnapshot(`signatures/${language}.txt`);
});
