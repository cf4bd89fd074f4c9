import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionDefinition } from './function.js';

/** The first botocore that uses `AWS_ENDPOINT_URL`. boto3 1.28 requires it. */
export const MIN_BOTOCORE = '1.31.0';
/** Maximum size of the files that are searched, in bytes. */
const MAX_BYTES = 10_485_760;
const SOURCE_FILE = /\.(c|m)?js$/;
/** An import of the AWS SDK for JavaScript v2, or its user agent in a bundle. */
const JAVASCRIPT_V2 = /(require\(|from |import\()\s*['"]aws-sdk(\/[^'"]*)?['"]|aws-sdk-nodejs\//;

/**
 * Finds an AWS SDK in the code of a function that ignores `AWS_ENDPOINT_URL`, so that its calls leave this machine. They fail on AWS, because
 * the credentials of functions are valid here only.
 * @returns the name of the SDK with the remedy; undefined if the code has none
 */
export function findOldSdk({ codeDir, runtime }: FunctionDefinition): string | undefined {
  if (runtime.startsWith('nodejs')) return usesJavaScriptV2(codeDir) ? javaScriptV2 : undefined;
  if (runtime.startsWith('python')) {
    const version = bundledBotocore(codeDir);
    return version && isOlder(version, MIN_BOTOCORE) ? oldBotocore(version) : undefined;
  }
  if (runtime.startsWith('java')) return usesJavaV1(codeDir) ? javaV1 : undefined;
  return undefined;
}

/** Returns the warning about a function. */
export function oldSdkWarning(sdk: string): string {
  return `uses ${sdk}; its calls ignore AWS_ENDPOINT_URL, go to AWS, and fail there with InvalidClientTokenId or UnrecognizedClient, because the credentials of functions are valid on this machine only`;
}

const javaScriptV2 = 'the AWS SDK for JavaScript v2 (aws-sdk), which @aws-sdk/client-* replaces';
const javaV1 = 'the AWS SDK for Java 1.x (com.amazonaws), which software.amazon.awssdk replaces';

/** Whether a module at the top of a Python asset imports boto3. */
export function importsBoto3(codeDir: string): boolean {
  return entries(codeDir)
    .filter((name) => name.endsWith('.py'))
    .some((name) => /^\s*(import|from)\s+(boto3|botocore)\b/m.test(readStart(join(codeDir, name))));
}

/** Describes a botocore that ignores `AWS_ENDPOINT_URL`. */
export function oldBotocore(version: string): string {
  return `botocore ${version}, which boto3 1.28 or newer updates`;
}

/** Whether a version is older than another; both have the form `1.31.0`. */
export function isOlder(version: string, than: string): boolean {
  const parts = (text: string) => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [a, b] = [parts(version), parts(than)];
  const at = a.findIndex((part, i) => part !== (b[i] ?? 0));
  return at >= 0 && a[at] < (b[at] ?? 0);
}

function usesJavaScriptV2(codeDir: string): boolean {
  if (existsSync(join(codeDir, 'node_modules', 'aws-sdk', 'package.json'))) return true;
  return entries(codeDir)
    .filter((name) => SOURCE_FILE.test(name))
    .some((name) => JAVASCRIPT_V2.test(readStart(join(codeDir, name))));
}

/** Returns the version of botocore in a Python asset. */
function bundledBotocore(codeDir: string): string | undefined {
  return entries(codeDir)
    .map((name) => /^botocore-([\d.]+)\.dist-info$/.exec(name)?.[1])
    .find((version) => version !== undefined);
}

function usesJavaV1(codeDir: string): boolean {
  const libraries = entries(join(codeDir, 'lib'));
  return (
    existsSync(join(codeDir, 'com', 'amazonaws', 'client', 'builder')) ||
    libraries.some((name) => /^aws-java-sdk-core-1\..*\.jar$/.test(name))
  );
}

function entries(directory: string): string[] {
  return existsSync(directory) && statSync(directory).isDirectory() ? readdirSync(directory) : [];
}

function readStart(file: string): string {
  const { size } = statSync(file);
  if (statSync(file).isDirectory()) return '';
  const buffer = Buffer.alloc(Math.min(size, MAX_BYTES));
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, buffer);
  } finally {
    closeSync(descriptor);
  }
  return buffer.toString('latin1');
}
