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

/** Resolves the resources of a template like CloudFormation, with placeholders in <> for references. */
function deployed(application: object, values: ParameterValues): Record<string, any> {
  // the logical id of the deployment has a hash of the API, which differs with parameters
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
    stackOutput: (stack, output) => `<${stack}.${output}>`,
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

/** Resources of the same server in a CDK app that knows all values at synthesis. */
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
  ['without a VPC,', false, PROD],
  ['in a VPC,', true, { ...PROD, ...VPC }],
  ['without a VPC although its other parameters are set,', false, { ...PROD, ...VPC, VpcEnabled: 'false' }],
])('%s the application deploys the resources of the construct', (_, inVpc, values) => {
  const { ConnectPolicy7472FE83, RegisterPolicy04ECA54A, ...server } = deployed(template, values);
  const expected = construct(inVpc);
  for (const resource of Object.values(expected)) {
    delete resource.Metadata?.cdk_nag; // acknowledgements, which are for CDK apps
    if (Object.keys(resource.Metadata ?? {}).length === 0) delete resource.Metadata;
    if (resource.Type === 'Custom::McpLambdaServer') resource.Type = 'AWS::CloudFormation::CustomResource';
    if (resource.Type === 'AWS::Lambda::Function') resource.Properties.Code = expect.stringMatching(/^\.\/functions\//);
  }
  expect(server).toEqual(expected);
  expect(Object.values(expected).some(({ Type }) => Type === 'AWS::EC2::SecurityGroup')).toBe(inVpc);
});

test('has policies for clients and for registration', () => {
  const { ConnectPolicy7472FE83: connect, RegisterPolicy04ECA54A: register } = deployed(template, {});
  const resources = ({ Properties }: any) =>
    [Properties.PolicyDocument.Statement].flat().map(({ Resource }) => Resource);
  const of = (path: string) =>
    `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<McpApi2F39B1D0>/prod/${path}`;
  expect(resources(connect)).toEqual([
    ['DELETE/mcp', 'GET/mcp', 'POST/mcp', 'DELETE/mcp/*', 'GET/mcp/*', 'POST/mcp/*', 'POST/message', 'GET/sse'].map(of),
  ]);
  expect(resources(register)).toEqual([
    ['GET/register', 'POST/register', 'DELETE/register/*', 'GET/register/*', 'PUT/register/*'].map(of),
  ]);
});

test('contains nothing CDK-specific and includes the code of every function', () => {
  expect(text).not.toMatch(/BootstrapVersion|cdk-hnb659fds|AWS::CDK::Metadata|Custom::/);
  expect(template.Rules).toBeUndefined();
  const code = Object.values<any>(template.Resources).flatMap(({ Properties }) => Properties?.Code ?? []);
  expect(code).toHaveLength(7);
  for (const folder of code) {
    const files = readdirSync(join(directory, folder));
    expect(files).toEqual(expect.arrayContaining(['THIRD-PARTY-LICENSES.txt', 'index.mjs']));
    for (const file of files) expect(file).toMatch(/^(THIRD-PARTY-LICENSES\.txt|[\w-]+\.mjs)$/);
  }
  expect(readdirSync(directory).sort()).toEqual(['LICENSE', 'README.md', 'functions', 'template.json']);
});

/**
 * The resource types of the template that the developer guide of the AWS Serverless Application Repository lists as supported ("List of
 * Supported AWS Resources"). AWS::EC2::SecurityGroupIngress is missing from its last version on GitHub
 * (docs/guides/serverless-application-repository.md).
 */
const PUBLISHABLE = [
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::GatewayResponse',
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

test('uses only resource types that can be published, with one exception', () => {
  const types = new Set(Object.values<any>(template.Resources).map(({ Type }) => Type));
  expect([...types].filter((type) => !PUBLISHABLE.includes(type))).toEqual(['AWS::EC2::SecurityGroupIngress']);
  expect(PUBLISHABLE.filter((type) => !types.has(type))).toEqual([]);
});

test('the metadata complies with the rules of the Serverless Application Repository', () => {
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
  expect(JSON.stringify(about)).not.toContain('"Ref"'); // no intrinsic functions
});

test('the build is reproducible', () => {
  expect(readFileSync(join(build(), 'template.json'), 'utf8')).toBe(text);
});

test('rejects templates that conditions cannot merge', () => {
  const merge = (on: Record<string, object>, off: Record<string, object>) => () =>
    conditional('On', {}, { Resources: on }, { Resources: off });
  expect(merge({}, { A: { Type: 'T' } })).toThrow('A exists only if On is false');
  expect(merge({ A: { Type: 'T' } }, { A: { Type: 'U' } })).toThrow(
    'Type of A depends on On, but CloudFormation supports conditions only in properties',
  );
  expect(() => conditional('On', {}, { Resources: {}, Outputs: 1 }, { Resources: {} })).toThrow(
    'may differ only in their resources',
  );
});
