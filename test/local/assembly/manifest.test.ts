import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readAssembly, readTemplate } from '../../../local/assembly/manifest.js';
import { TestAssembly, type TestStack } from '../support/assembly.js';

const assemblies: TestAssembly[] = [];
const assembly = (stacks: Record<string, TestStack>) => {
  const created = new TestAssembly(stacks);
  assemblies.push(created);
  return created;
};
afterEach(() => {
  for (const created of assemblies.splice(0)) created.remove();
});
const template = { Resources: {} };

describe('readAssembly', () => {
  it('returns stacks with their names, in dependency order', () => {
    const { directory } = assembly({
      Second: { template, dependencies: ['First'] },
      First: { template, stackName: 'first-stack' },
    });
    expect(readAssembly(directory).map(({ name }) => name)).toEqual(['first-stack', 'Second']);
  });

  it('returns assets by object key', () => {
    const { directory } = assembly({ A: { template, assets: { abc: { 'index.mjs': '' } } } });
    expect(readAssembly(directory)[0].assets.get('abc.zip')).toBe(`${directory}/asset.abc`);
  });

  it('reads nested assemblies', () => {
    const outer = assembly({ Outer: { template } });
    const inner = assembly({ Inner: { template } });
    outer.file(
      'manifest.json',
      JSON.stringify({
        artifacts: {
          stage: {
            type: 'cdk:cloud-assembly',
            properties: { directoryName: `../${inner.directory.split('/').pop()}` },
          },
        },
      }),
    );
    expect(readAssembly(outer.directory).map(({ name }) => name)).toEqual(['Inner']);
  });

  it('uses the environment of one stack for environment-agnostic stacks', () => {
    const { directory } = assembly({ A: { template }, B: { template, environment: 'aws://111122223333/eu-west-1' } });
    const expected = { accountId: '111122223333', region: 'eu-west-1' };
    expect(readAssembly(directory).map(({ environment }) => environment)).toEqual([expected, expected]);
  });

  it('uses a default environment if all stacks are environment-agnostic', () => {
    const [stack] = readAssembly(assembly({ A: { template } }).directory);
    expect(stack.environment).toEqual({ accountId: '123456789012', region: 'us-east-1' });
  });

  it('rejects stacks with different environments', () => {
    const { directory } = assembly({
      A: { template, environment: 'aws://111122223333/eu-west-1' },
      B: { template, environment: 'aws://111122223333/us-east-1' },
    });
    expect(() => readAssembly(directory)).toThrow(
      /^stack B has the environment aws:\/\/111122223333\/us-east-1, other stacks have .*eu-west-1/,
    );
  });

  it('rejects a directory without a cloud assembly', () => {
    expect(() => readAssembly('/nowhere')).toThrow(
      '/nowhere is not a cloud assembly: it has no manifest.json (run cdk synth)',
    );
  });
});

describe('readTemplate', () => {
  it.each([
    ['template.json', undefined],
    ['orders.template.json', 'orders'],
    ['orders.json', 'orders'],
  ])('resolves code paths relative to %s', (file, name) => {
    const directory = mkdtempSync(join(tmpdir(), 'template-test-'));
    const Resources = {
      Own: { Type: 'AWS::Lambda::Function', Properties: { Code: './functions/own' } },
      Elsewhere: { Type: 'AWS::Lambda::Function', Properties: { Code: '/elsewhere/own' } },
      Inline: { Type: 'AWS::Lambda::Function', Properties: { Code: { ZipFile: '' } } },
    };
    writeFileSync(join(directory, file), JSON.stringify({ Resources }));
    const stack = readTemplate(join(directory, file));
    expect(stack.name).toBe(name ?? basename(directory));
    expect(stack.template.Resources.Own.Properties?.Code).toMatchObject({ S3Key: './functions/own' });
    expect([...stack.assets]).toEqual([
      ['./functions/own', join(directory, 'functions/own')],
      ['/elsewhere/own', '/elsewhere/own'],
    ]);
    rmSync(directory, { recursive: true });
  });
});
