/** Existing functions in Python and Java as tools. test/e2e/any-function.test.ts has those in Node.js. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { addTools, describeCalls, type Language } from '../e2e/support/any-function';
import { type Fixture, startFixture } from '../e2e/support/fixture';
import { compile } from './support/java';
import { venv } from './support/venv';

const languages: readonly Language[] = ['Python', 'Java'];

let fixture: Fixture;
beforeAll(async () => {
  process.env.VIRTUAL_ENV = resolve(venv('functions'), '..');
  const jar = join(mkdtempSync(join(tmpdir(), 'any-function-')), 'functions.jar');
  execFileSync('jar', ['cf', jar, '-C', compile('test/interop/functions/java'), '.']);
  fixture = await startFixture({ extend: (app) => addTools(app, languages, jar) });
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

describeCalls(languages, () => fixture);
