/** A browser for tests of web pages: the machine's own Chromium or Chrome. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const INSTALL = 'install it, with `apt-get install chromium` on Debian, or set CHROME_PATH to its path';

/** The path of the browser: `CHROME_PATH`, or the first one on the PATH. Undefined if the machine has none. */
function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)));
  return [process.env.CHROME_PATH ?? '', ...candidates].find((path) => path !== '' && isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const executablePath = findBrowser();

/** Why tests in a browser are skipped. Undefined if they can run, and in CI, where a browser must be there. */
export const NO_BROWSER =
  executablePath || process.env.CI ? undefined : `no Chromium or Chrome on the PATH: ${INSTALL}`;

/** Starts a browser that reaches this machine only. */
export async function openBrowser(): Promise<Browser> {
  if (!executablePath) throw new Error(`no Chromium or Chrome (${PROGRAMS.join(', ')}) on the PATH: ${INSTALL}`);
  return chromium.launch({
    executablePath,
    chromiumSandbox: false, // Chromium refuses its sandbox to root, who runs the tests in containers
    args: [
      '--disable-quic',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    ],
  });
}
