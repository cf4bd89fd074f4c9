import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { expect, test } from 'vitest';
import { evaluateCondition, NO_VALUE, resolve, type Scope } from '../local/assembly/intrinsics';
import { type ParameterValues, parameterValue } from '../local/assembly/parameters';
import manifest from '../package.json';
import { conditional } from '../sar/conditional';
import { McpLambdaServer } from '../src';

function build(): string {
  const directory = join(mkdtempSync(join(tmpdir(), 'sar-test-')), 'sar');
  execFileSync(resolvePath('node_modules/.bin/tsx'), ['sar/app.ts', directory], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return directory;
}
const directory = build();
const text = readFileSync(join(directory, 'template.json'), 'utf8');
const template = JSON.parse(text);

/** The resources that CloudFormation would make of a template, with names in <> for what they refer to each other by. */
function deployed(application: object, values: ParameterValues): Record<string, any> {
  // its id has a hash of what it deploys, where a parameter is not what it stands for
  const text = JSON.stringify(application).replace(/(McpApiDeployment\w{8})[0-9a-f]{32}/g, '$1');
  const { Parameters = {}, Conditions = {}, Resources } = JSON.parse(text);
  const scope: Scope = {
    ref: (name) => {
      if (name === 'AWS::NoValue') return NO_VALUE;
      if (name === 'AWS::StackId') return 'arn:aws:cloudformation:us-east-1:123456789012:stack/name/0123-4567';
      const parameter = Parameters[name];
      return parameter ? parameterValue(parameter, values[name] ?? parameter.Default) : `<${name}>`;
    },
    attribute: (id, name) => `<${id}.${name}>`,
    importValue: (name) => `<${name}>`,
    condition: (name) => evaluateCondition(Conditions[name], scope),
    mappings: {},
    region: '<region>',
  };
  const ids = Object.keys(Resources).filter(
    (id) => !Resources[id].Condition || scope.condition(Resources[id].Condition),
  );
  return Object.fromEntries(
    ids.map((id) => {
      const { Condition: _, ...resource } = Resources[id];
      return [id, resolve(resource, scope)];
    }),
  );
}

/** The server as a CDK app defines it that knows all of this when it is synthesised. */
function construct(inVpc: boolean): Record<string, any> {
  const app = new App({ context: { 'aws:cdk:disable-asset-staging': true } });
  const stack = new Stack(app, 'McpLambdaServer');
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-01234567',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    privateSubnetIds: ['subnet-01234567', 'subnet-89abcdef'],
    privateSubnetRouteTableIds: ['rtb-1', 'rtb-2'],
  });
  new McpLambdaServer(stack, 'Mcp', {
    serverName: 'prod',
    maxSessions: 7,
    sessions: true,
    tasks: true,
    ...(inVpc && { vpc }),
  });
  return deployed(Template.fromStack(stack).toJSON(), {});
}

const PROD = { StackIdentifier: 'prod', MaxSessions: '7' };
const VPC = { VpcEnabled: 'true', VpcId: 'vpc-01234567', SubnetIds: 'subnet-01234567,subnet-89abcdef' };

test.each<[string, boolean, ParameterValues]>([
  ['without a VPC', false, PROD],
  ['in a VPC', true, { ...PROD, ...VPC }],
  ['without a VPC, whatever else is said of one', false, { ...PROD, ...VPC, VpcEnabled: 'false' }],
])('%s it deploys what the construct defines', (_, inVpc, values) => {
  const { ConnectPolicy7472FE83, RegisterPolicy04ECA54A, ...server } = deployed(template, values);
  const expected = construct(inVpc);
  for (const resource of Object.values(expected)) {
    if (resource.Type === 'Custom::McpLambdaServer') resource.Type = 'AWS::CloudFormation::CustomResource';
    if (resource.Type === 'AWS::Lambda::Function') resource.Properties.Code = expect.stringMatching(/^\.\/functions\//);
  }
  expect(server).toEqual(expected);
  expect(Object.values(expected).some(({ Type }) => Type === 'AWS::EC2::SecurityGroup')).toBe(inVpc);
});

test('policies for those who connect, and for those who register', () => {
  const { ConnectPolicy7472FE83: connect, RegisterPolicy04ECA54A: register } = deployed(template, {});
  const resources = ({ Properties }: any) =>
    [Properties.PolicyDocument.Statement].flat().map(({ Resource }) => Resource);
  const of = (path: string) =>
    `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<McpApi2F39B1D0>/prod/*${path}`;
  expect(resources(connect)).toEqual([['/mcp', '/message', '/sse'].map(of)]);
  expect(resources(register)).toEqual([['/register', '/register/*'].map(of)]);
});

test('nothing that only the CDK could deploy is in it, and the code of every function lies beside it', () => {
  expect(text).not.toMatch(/BootstrapVersion|cdk-hnb659fds|AWS::CDK::Metadata|Custom::/);
  expect(template.Rules).toBeUndefined();
  const code = Object.values<any>(template.Resources).flatMap(({ Properties }) => Properties?.Code ?? []);
  expect(code).toHaveLength(7);
  for (const folder of code) {
    expect(readdirSync(join(directory, folder)).sort()).toEqual(['THIRD-PARTY-LICENSES.txt', 'index.mjs']);
  }
  expect(readdirSync(directory).sort()).toEqual(['LICENSE', 'README.md', 'functions', 'template.json']);
});

/**
 * Of the list in the developer guide of the AWS Serverless Application Repository ("List of Supported AWS Resources"), the types that
 * stand here; AWS::EC2::SecurityGroupIngress is not in its last version on GitHub (docs/guides/serverless-application-repository.md).
 */
const PUBLISHABLE = [
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::CloudFormation::CustomResource',
  'AWS::DynamoDB::Table',
  'AWS::EC2::SecurityGroup',
  'AWS::Events::Rule',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
];

test('the types of its resources are known to be publishable, but one', () => {
  const types = new Set(Object.values<any>(template.Resources).map(({ Type }) => Type));
  expect([...types].filter((type) => !PUBLISHABLE.includes(type))).toEqual(['AWS::EC2::SecurityGroupIngress']);
  expect(PUBLISHABLE.filter((type) => !types.has(type))).toEqual([]);
});

test('the metadata keeps to the repository’s rules', () => {
  const about = template.Metadata['AWS::ServerlessRepo::Application'];
  expect(about).toMatchObject({
    SemanticVersion: manifest.version,
    SpdxLicenseId: manifest.license,
    SourceCodeUrl: manifest.repository.url.replace(/\.git$/, ''),
    LicenseUrl: './LICENSE',
    ReadmeUrl: './README.md',
  });
  expect(about.Name).toMatch(/^[a-zA-Z0-9-]{1,140}$/);
  expect(about.Author).toMatch(/^[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?$/);
  expect(about.Description.length).toBeLessThanOrEqual(256);
  expect(about.Labels.length).toBeLessThanOrEqual(10);
  for (const label of about.Labels) expect(label).toMatch(/^[a-zA-Z0-9+\-_:/@]{1,127}$/);
  expect(JSON.stringify(about)).not.toContain('"Ref"'); // no functions in there
});

test('built again it is the same, byte by byte', () => {
  expect(readFileSync(join(build(), 'template.json'), 'utf8')).toBe(text);
});

test('two templates that no condition can join are refused', () => {
  const both = (on: Record<string, object>, off: Record<string, object>) => () =>
    conditional('On', {}, { Resources: on }, { Resources: off });
  expect(both({}, { A: { Type: 'T' } })).toThrow('A is only there where On does not hold');
  expect(both({ A: { Type: 'T' } }, { A: { Type: 'U' } })).toThrow('A has another Type where On holds');
  expect(() => conditional('On', {}, { Resources: {}, Outputs: 1 }, { Resources: {} })).toThrow('differ in more');
});
