import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findOldSdk, importsBoto3, isOlder } from '../../../local/services/lambda/old-sdks.js';
import { oneStack, runApp } from '../support/running.js';
import { lambdaFunction, role } from '../support/templates.js';

let codeDir: string | undefined;
afterEach(() => {
  if (codeDir) rmSync(codeDir, { recursive: true });
  codeDir = undefined;
});

/** Returns the old SDK in the code of a function. */
function oldSdk(runtime: string, files: Record<string, string>): string | undefined {
  codeDir = mkdtempSync(join(tmpdir(), 'old-sdks-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(codeDir, name)), { recursive: true });
    writeFileSync(join(codeDir, name), text);
  }
  return findOldSdk({ codeDir, runtime } as Parameters<typeof findOldSdk>[0]);
}

describe('findOldSdk', () => {
  it.each([
    ['nodejs22.x', { 'index.js': "const AWS = require('aws-sdk');" }, 'the AWS SDK for JavaScript v2'],
    ['nodejs22.x', { 'index.mjs': "import S3 from 'aws-sdk/clients/s3';" }, 'the AWS SDK for JavaScript v2'],
    ['nodejs22.x', { 'index.js': 'var n="aws-sdk-nodejs/"+v' }, 'the AWS SDK for JavaScript v2'],
    ['nodejs22.x', { 'index.js': '', 'node_modules/aws-sdk/package.json': '{}' }, 'the AWS SDK for JavaScript v2'],
    ['python3.12', { 'app.py': 'import boto3', 'botocore-1.29.5.dist-info/METADATA': '' }, 'botocore 1.29.5'],
    ['java21', { 'lib/aws-java-sdk-core-1.12.700.jar': '' }, 'the AWS SDK for Java 1.x'],
    ['java21', { 'com/amazonaws/client/builder/AwsClientBuilder.class': '' }, 'the AWS SDK for Java 1.x'],
  ])('finds the SDK of a function with runtime %s in %j', (runtime, files, name) => {
    expect(oldSdk(runtime, files)).toContain(name);
  });

  it.each([
    ['nodejs22.x', { 'index.mjs': "import { S3Client } from '@aws-sdk/client-s3';" }],
    ['nodejs22.x', { 'index.js': 'n="aws-sdk-js/"', 'aws-sdk.js/readme': '' }],
    ['python3.12', { 'app.py': 'import boto3', 'botocore-1.31.0.dist-info/METADATA': '' }],
    ['python3.12', { 'app.py': "require('aws-sdk')" }],
    ['java21', { 'lib/aws-lambda-java-core-1.2.3.jar': '' }],
    ['ruby3.4', {}],
  ])('accepts a function with runtime %s and %j', (runtime, files) => {
    expect(oldSdk(runtime, files)).toBeUndefined();
  });

  it('compares versions by their parts', () => {
    expect(['1.4.9', '1.31', '1.31.0', '1.100.0', '2'].map((version) => isOlder(version, '1.31.0'))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('finds imports of boto3', () => {
    oldSdk('python3.12', { 'app.py': 'import json\nfrom botocore.config import Config\n', 'other.py': '' });
    expect(importsBoto3(codeDir!)).toBe(true);
    writeFileSync(join(codeDir!, 'app.py'), '# boto3 is not used\n');
    expect(importsBoto3(codeDir!)).toBe(false);
  });
});

it('a function with an old SDK is named at start', async () => {
  const assets = { old: { 'index.js': "require('aws-sdk'); exports.handler = async () => {};" } };
  const app = await runApp(oneStack({ Role: role(), Function: lambdaFunction('Role', 'old') }, { assets }));
  await app.stop();
  expect(app.notices).toEqual([
    expect.stringMatching(
      /^Function uses the AWS SDK for JavaScript v2 .* ignore AWS_ENDPOINT_URL, go to AWS, and fail there/,
    ),
  ]);
});
