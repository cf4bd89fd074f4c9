import { execFileSync } from 'node:child_process';
import setup from '../../global-setup';

/** The global setup of the other tests, plus building the packages of all languages. */
export default function interopSetup() {
  const teardown = setup();
  execFileSync(process.execPath, ['scripts/ensure-packaged.mjs'], { stdio: 'inherit' });
  return teardown;
}
