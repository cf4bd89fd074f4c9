import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packages } from './support/packages';

const MB = 1_000_000;
const { version, description, license } = JSON.parse(readFileSync('package.json', 'utf8'));

test.each([
  ['npm', packages.npm, 2.5 * MB],
  ['PyPI', packages.wheel, 2.7 * MB],
  ['Maven', packages.jar, 2.7 * MB],
])('the %s package is small', (_registry, file, limit) => {
  expect(statSync(file()).size).toBeLessThan(limit);
});

/** Lists the files in a wheel or jar. */
function entries(file: string): string[] {
  const list = execFileSync('jar', ['--list', '--file', file], { encoding: 'utf8' });
  return list.split('\n').filter((name) => name && !name.endsWith('/'));
}

describe('the wheel', () => {
  const file = (name: string) =>
    execFileSync('python3', ['-c', READ, packages.wheel(), name], { encoding: 'utf8' }).replaceAll('\r', '');
  const info = `cdk_mcp_lambda-${version}.dist-info`;

  test('contains only the typed module, the npm package, the licence and the command', () => {
    expect(entries(packages.wheel()).sort()).toEqual(
      [
        `${info}/LICENSE`,
        `${info}/METADATA`,
        `${info}/NOTICE`,
        `${info}/RECORD`,
        `${info}/WHEEL`,
        `${info}/top_level.txt`,
        `cdk_mcp_lambda-${version}.data/scripts/mcp-lambda`,
        'cdk_mcp_lambda/__init__.py',
        'cdk_mcp_lambda/_jsii/__init__.py',
        `cdk_mcp_lambda/_jsii/cdk-mcp-lambda@${version}.jsii.tgz`,
        'cdk_mcp_lambda/py.typed',
      ].sort(),
    );
    expect(file(`${info}/top_level.txt`).trim()).toBe('cdk_mcp_lambda');
    expect(file(`${info}/LICENSE`)).toContain('Apache License');
  });

  test('has the expected metadata and dependencies', () => {
    const metadata = file(`${info}/METADATA`);
    for (const line of [
      'Name: cdk-mcp-lambda',
      `Version: ${version}`,
      `Summary: ${description}`,
      `License: ${license}`,
      'Requires-Python: >=3.10',
      'Classifier: Typing :: Typed',
    ]) {
      expect(metadata).toContain(`\n${line}\n`);
    }
    const needs = [...metadata.matchAll(/^Requires-Dist: ([\w-]+)/gm)].map(([, name]) => name);
    expect(needs.sort()).toEqual(['aws-cdk-lib', 'constructs', 'jsii', 'publication']);
  });
});

/** A Python program that prints a file of a zip file. */
const READ = 'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode(), end="")';

describe('the jar', () => {
  test('contains one Java package and the npm package', () => {
    const folders = new Set(entries(packages.jar()).map((name) => dirname(name)));
    expect([...folders].sort()).toEqual([
      'META-INF',
      'META-INF/maven/io.github.cdkmcplambda/cdk-mcp-lambda',
      'io/github/cdkmcplambda',
    ]);
    const resources = entries(packages.jar()).filter((name) => !/\.class$|^META-INF/.test(name));
    expect(resources.sort()).toEqual([
      'io/github/cdkmcplambda/$Module.txt',
      `io/github/cdkmcplambda/cdk-mcp-lambda@${version}.jsii.tgz`,
    ]);
  });

  test('has the expected metadata and dependencies', () => {
    const pom = readFileSync(packages.jar().replace('.jar', '.pom'), 'utf8');
    expect(pom).toContain('<groupId>io.github.cdkmcplambda</groupId>\n  <artifactId>cdk-mcp-lambda</artifactId>');
    expect(pom).toContain(`<version>${version}</version>`);
    expect(pom).toContain('<name>Apache License 2.0</name>');
    const dependencies = /<dependencies>([\s\S]*?)<\/dependencies>/.exec(pom)![1]!;
    expect([...dependencies.matchAll(/<artifactId>(.*)<\/artifactId>/g)].map(([, name]) => name)).toEqual([
      'aws-cdk-lib',
      'constructs',
      'jsii-runtime',
      'annotations',
      'javax.annotation-api',
    ]);
  });

  test('is built with sources and Javadoc, as Maven Central requires', () => {
    const files = readdirSync(dirname(packages.jar()));
    const name = `cdk-mcp-lambda-${version}`;
    expect(files).toEqual(expect.arrayContaining([`${name}.pom`, `${name}-sources.jar`, `${name}-javadoc.jar`]));
  });
});
