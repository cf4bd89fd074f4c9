import { execFileSync } from 'node:child_process';
import setup from '../../global-setup';

/** As for the other tests, and the packages of all languages. */
export default function interopSetup() {
  const teardown = setup();
  execFileSync(process.execPath, ['scripts/packages.mjs'], { stdio: 'inherit' });
  return teardown;
}
