import { readFileSync } from 'node:fs';

/** The version range of the peer dependency, such as `^2.257.0`, from the package's own package.json. */
function requiredVersion(): string {
  // src/private and lib/private are at the same depth
  const manifest = JSON.parse(readFileSync(`${__dirname}/../../package.json`, 'utf8'));
  return String(manifest.peerDependencies['aws-cdk-lib']).replace(/^\D*/, '');
}

/**
 * Checks the version of aws-cdk-lib, which npm does not enforce with `--legacy-peer-deps`, nor pip with an older pin.
 *
 * @throws if it is too old; without this check, the first missing API would fail with `Cannot read properties of undefined`
 */
export function checkCdkVersion(installed: string, required = requiredVersion()): void {
  const numbers = (version: string) => version.split(/[.-]/, 3).map(Number);
  const [have, need] = [numbers(installed), numbers(required)];
  const first = have.findIndex((number, index) => number !== need[index]);
  if (first === -1 || have[first]! > need[first]!) return;
  throw new Error(
    `cdk-mcp-lambda requires aws-cdk-lib ${required} or newer, but ${installed} is installed: ` +
      'run npm install aws-cdk-lib@latest, or pip install --upgrade aws-cdk-lib',
  );
}
