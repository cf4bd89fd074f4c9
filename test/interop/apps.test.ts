import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { packages } from './support/packages';
import { readTemplate } from './support/templates';
import { venv } from './support/venv';

type Properties = { [name: string]: any };

const directory = mkdtempSync(join(tmpdir(), 'apps-'));

beforeAll(() => {
  const bin = venv('apps', 'examples/python/requirements.txt', packages.wheel());
  execFileSync(join(bin, 'python'), ['test/interop/apps/app.py'], {
    env: { ...process.env, CDK_OUTDIR: directory },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
});

/** Properties of the resources of a type. */
function resources(stack: string, type: string, folder = ''): Properties[] {
  const all = Object.values<Properties>(readTemplate(join(directory, folder), stack).Resources);
  return all.filter(({ Type }) => Type === type).map(({ Properties = {} }) => Properties);
}

/** What the policies of a template allow to invoke. */
function invokable(stack: string): unknown[] {
  return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap((type) => resources(stack, type))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement as Properties[])
    .filter(({ Action }) => Action === 'lambda:InvokeFunction')
    .flatMap(({ Resource }) => Resource);
}

/** References to resources and parameters that the template does not have. */
function dangling(stack: string): string[] {
  const { Resources, Parameters = {} } = readTemplate(directory, stack);
  const references = [...JSON.stringify(Resources).matchAll(/"Ref":"([^"]+)"|"Fn::GetAtt":\["([^"]+)"/g)];
  const dependencies = Object.values<Properties>(Resources).flatMap(({ DependsOn = [] }) => DependsOn as string[]);
  return [...references.map(([, ref, attribute]) => ref ?? attribute!), ...dependencies].filter(
    (id) => !id.startsWith('AWS::') && !Resources[id] && !Parameters[id],
  );
}

test.each([
  ['otherRegion', /is in eu-west-1, the server in us-east-1; a server invokes functions of its own region only/],
  ['importedServer', /the server in 111122223333\/eu-west-1; declare registrations in the account and region/],
])('%s is an error in Python', (name, message) => {
  expect(JSON.parse(readFileSync(join(directory, 'errors.json'), 'utf8'))[name]).toMatch(message);
});

describe('functions', () => {
  test('of a stack in another account are known by name', () => {
    expect(JSON.stringify(invokable('OtherAccount'))).toContain(':lambda:us-east-1:999999999999:function:lookup');
  });

  test('of a given account get no policy statement from a stack without an account', () => {
    expect(invokable('AgnosticTools')).toEqual(['arn:aws:lambda:us-east-1:999999999999:function:f']);
    expect(resources('AgnosticTools', 'AWS::Lambda::Permission')).toEqual([]);
  });

  test('imported from exports each get a permission', () => {
    expect(resources('Exports', 'AWS::Lambda::Permission')).toEqual(
      ['a', 'b'].map((name) => ({
        Action: 'lambda:InvokeFunction',
        FunctionName: { 'Fn::ImportValue': name },
        Principal: { 'Fn::ImportValue': 'role' },
      })),
    );
  });

  test('of nested stacks each get a permission', () => {
    const nested = readdirSync(directory).filter((file) => /^Nested[AB]\w*\.nested\.template\.json$/.test(file));
    expect(nested).toHaveLength(2);
    for (const file of nested) {
      expect(resources(file.replace('.template.json', ''), 'AWS::Lambda::Permission')).toHaveLength(1);
    }
  });
});

describe('roles', () => {
  test('an imported role of a handler stays as it is', () => {
    expect(JSON.stringify(resources('ImportedRole', 'AWS::IAM::Policy'))).not.toContain('handlers');
    expect(invokable('ImportedRole')).toHaveLength(1);
  });

  test('precreated roles replace those of the server', () => {
    for (const type of ['Role', 'Policy', 'ManagedPolicy']) {
      expect(resources('PrecreatedRoles', `AWS::IAM::${type}`)).toEqual([]);
    }
    expect(dangling('PrecreatedRoles')).toEqual([]);
  });

  test.each(['Boundary', 'StackBoundary'])('have the permissions boundary (%s)', (stack) => {
    const roles = resources(stack, 'AWS::IAM::Role');
    expect(roles).toHaveLength(6);
    for (const { PermissionsBoundary } of roles) {
      expect(JSON.stringify(PermissionsBoundary)).toContain(':policy/boundary');
    }
  });
});

test('an Aspect may change logical ids and add tags', () => {
  const ids = Object.keys(readTemplate(directory, 'Aspects').Resources);
  expect(ids.filter((id) => !id.startsWith('X'))).toEqual([]);
  expect(dangling('Aspects')).toEqual([]);
  for (const { Tags } of resources('Aspects', 'AWS::IAM::Role')) {
    expect(Tags).toEqual([{ Key: 'team', Value: { Ref: 'AWS::StackName' } }]);
  }
});

test.each([
  ['assembly-Test', 'TestToolsD0CF8260'],
  ['assembly-Pipeline-Prod', 'PipelineProdToolsD4CDF72F'],
])('a Stage has a server and its tools (%s)', (folder, stack) => {
  const [tool] = resources(stack, 'Custom::McpTool', folder);
  expect(tool!.ServiceToken['Fn::ImportValue']).toMatch(/RegistrationProvider/);
});

test('a pipeline deploys the server before its tools', () => {
  const [pipeline] = resources('Pipeline', 'AWS::CodePipeline::Pipeline');
  const { Actions } = pipeline!.Stages.find(({ Name }: Properties) => Name === 'Prod');
  const order = (name: string) => Actions.find(({ Name }: Properties) => Name === name).RunOrder;
  expect(order('Server.Deploy')).toBeLessThan(order('Tools.Prepare'));
});

test.each(['Region', 'Account', 'Agnostic', 'Lookups', 'Nested'])('%s is a whole template', (stack) => {
  expect(dangling(stack)).toEqual([]);
});

test('a lookup is left to the CDK CLI', () => {
  const { missing } = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
  expect(missing.map(({ provider }: Properties) => provider)).toEqual(['vpc-provider']);
});
