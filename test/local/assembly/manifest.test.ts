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
const route = (PathPart: string) => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: { RestApiId: { Ref: 'Api' }, ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] }, PathPart },
});
const server = { Resources: { Api: { Type: 'AWS::ApiGateway::RestApi' }, A: route('mcp'), B: route('register') } };

describe('readAssembly', () => {
  it('returns stacks with their names, in dependency order', () => {
    const { directory } = assembly({
      Second: { template, dependencies: ['First'] },
      First: { template, stackName: 'first-stack' },
    });
    expect(readAssembly(directory).stacks.map(({ name }) => name)).toEqual(['first-stack', 'Second']);
  });

  it('returns assets by object key', () => {
    const { directory } = assembly({ A: { template, assets: { abc: { 'index.mjs': '' } } } });
    expect(readAssembly(directory).stacks[0].assets.get('abc.zip')).toBe(`${directory}/asset.abc`);
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
    expect(readAssembly(outer.directory).stacks.map(({ name }) => name)).toEqual(['Inner']);
  });

  it('uses the environment of one stack for environment-agnostic stacks', () => {
    const { directory } = assembly({ A: { template }, B: { template, environment: 'aws://111122223333/eu-west-1' } });
    const expected = { accountId: '111122223333', region: 'eu-west-1' };
    expect(readAssembly(directory).stacks.map(({ environment }) => environment)).toEqual([expected, expected]);
  });

  it('uses a default environment if all stacks are environment-agnostic', () => {
    const [stack] = readAssembly(assembly({ A: { template } }).directory).stacks;
    expect(stack.environment).toEqual({ accountId: '123456789012', region: 'us-east-1' });
  });

  it.each([
    ['aws://111122223333/unknown-region', '111122223333', 'us-east-1'],
    ['aws://unknown-account/eu-west-1', '123456789012', 'eu-west-1'],
  ])('completes the one-sided environment %s', (environment, accountId, region) => {
    const { directory } = assembly({ A: { template, environment }, B: { template } });
    const expected = { accountId, region };
    expect(readAssembly(directory).stacks.map((stack) => stack.environment)).toEqual([expected, expected]);
  });

  const inEnvironments = (): Record<string, TestStack> => ({
    Irish: { template, environment: 'aws://111122223333/eu-west-1' },
    Shared: { template },
    Server: { template: server, environment: 'aws://111122223333/us-east-1', dependencies: ['Shared'] },
  });

  it('selects the environment of the MCP server', () => {
    const { stacks, skipped } = readAssembly(assembly(inEnvironments()).directory);
    expect(stacks.map(({ name, environment }) => [name, environment.region])).toEqual([
      ['Shared', 'us-east-1'],
      ['Server', 'us-east-1'],
    ]);
    expect(skipped).toEqual([{ name: 'Irish', environment: 'aws://111122223333/eu-west-1' }]);
  });

  it('selects the chosen stacks with their dependencies', () => {
    const { directory } = assembly(inEnvironments());
    expect(readAssembly(directory, ['Irish']).stacks.map(({ name }) => name)).toEqual(['Irish']);
    expect(readAssembly(directory, ['Server']).stacks.map(({ name }) => name)).toEqual(['Shared', 'Server']);
    expect(() => readAssembly(directory, ['Other'])).toThrow('no stack Other: the app has Irish, Shared, Server');
  });

  it('returns no stacks for an app without stacks, and no resources for a stack without resources', () => {
    expect(readAssembly(assembly({}).directory)).toMatchObject({ stacks: [], environment: { region: 'us-east-1' } });
    const empty = assembly({ Empty: { template: { Outputs: {} } as TestStack['template'] } });
    expect(readAssembly(empty.directory).stacks[0]!.template.Resources).toEqual({});
  });

  it('rejects a directory without a cloud assembly', () => {
    expect(() => readAssembly('/nowhere')).toThrow(
      '/nowhere is not a cloud assembly: it has no manifest.json (run cdk synth)',
    );
  });
});

describe('readTemplate', () => {
  it('returns a stack of a cloud assembly with its assets and environment', () => {
    const { directory } = assembly({
      A: { template, environment: 'aws://111122223333/eu-west-1', assets: { abc: { 'index.mjs': '' } } },
      B: { template },
    });
    const stack = readTemplate(join(directory, 'A.template.json'));
    expect(stack).toMatchObject({ name: 'A', environment: { accountId: '111122223333', region: 'eu-west-1' } });
    expect(stack.assets.get('abc.zip')).toBe(`${directory}/asset.abc`);
  });

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
