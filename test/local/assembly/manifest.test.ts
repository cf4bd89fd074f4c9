import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readAssembly, readTemplate } from '../../../local/assembly/manifest.js';
import { TestAssembly, type TestStack } from '../support/assembly.js';

const assemblies: TestAssembly[] = [];
const assembly = (stacks: Record<string, TestStack>) => {
  const made = new TestAssembly(stacks);
  assemblies.push(made);
  return made;
};
afterEach(() => {
  for (const made of assemblies.splice(0)) made.remove();
});
const template = { Resources: {} };

describe('readAssembly', () => {
  it('gives the stacks in the order of their dependencies, under their own names', () => {
    const { directory } = assembly({
      Second: { template, dependencies: ['First'] },
      First: { template, stackName: 'first-stack' },
    });
    expect(readAssembly(directory).map(({ name }) => name)).toEqual(['first-stack', 'Second']);
  });

  it('finds assets by the key that templates name', () => {
    const made = assembly({ A: { template, assets: { abc: { 'index.mjs': '' } } } });
    expect(readAssembly(made.directory)[0].assets.get('abc.zip')).toBe(`${made.directory}/asset.abc`);
  });

  it('reads nested assemblies', () => {
    const made = assembly({ Outer: { template } });
    const inner = assembly({ Inner: { template } });
    made.file(
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
    expect(readAssembly(made.directory).map(({ name }) => name)).toEqual(['Inner']);
  });

  it('takes account and region from a stack that has them, for all', () => {
    const { directory } = assembly({ A: { template }, B: { template, environment: 'aws://111122223333/eu-west-1' } });
    const home = { accountId: '111122223333', region: 'eu-west-1' };
    expect(readAssembly(directory).map(({ environment }) => environment)).toEqual([home, home]);
  });

  it('has an environment of its own for stacks without one', () => {
    const [stack] = readAssembly(assembly({ A: { template } }).directory);
    expect(stack.environment).toEqual({ accountId: '123456789012', region: 'us-east-1' });
  });

  it('refuses stacks of two environments', () => {
    const { directory } = assembly({
      A: { template, environment: 'aws://111122223333/eu-west-1' },
      B: { template, environment: 'aws://111122223333/us-east-1' },
    });
    expect(() => readAssembly(directory)).toThrow(
      /^stack B is for aws:\/\/111122223333\/us-east-1, others are for .*eu-west-1/,
    );
  });

  it('says what a directory without an assembly lacks', () => {
    expect(() => readAssembly('/nowhere')).toThrow(
      '/nowhere is no cloud assembly: it has no manifest.json (run cdk synth)',
    );
  });
});

describe('readTemplate', () => {
  it.each([
    ['template.json', undefined],
    ['orders.template.json', 'orders'],
    ['orders.json', 'orders'],
  ])('finds the code of functions beside %s', (file, name) => {
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
