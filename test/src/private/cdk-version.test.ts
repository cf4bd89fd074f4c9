import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkCdkVersion } from '../../../src/private/cdk-version';

const { peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const floor = peerDependencies['aws-cdk-lib'].slice(1);

test.each([floor, '2.257.1', '2.1000.0', '3.0.0', '2.300.0-alpha.1'])('accepts aws-cdk-lib %s', (version) => {
  expect(() => checkCdkVersion(version, '2.257.0')).not.toThrow();
});

test.each(['2.256.9', '2.99.0', '1.204.0', '2.0.0-rc.1'])(
  'rejects aws-cdk-lib %s, and names the required version',
  (version) => {
    expect(() => checkCdkVersion(version)).toThrow(
      `cdk-mcp-lambda requires aws-cdk-lib ${floor} or newer, but ${version} is installed`,
    );
  },
);
