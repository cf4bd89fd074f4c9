// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Template } from '../../../local/assembly/template.js';
import { oneStack, type RunningApp, runApp } from '../support/running.js';
import { lambdaFunction, restApi, role } from '../support/templates.js';

const TABLE = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  },
};
/** Counts its invocations in the table. */
const COUNTER = `
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
const client = new DynamoDBClient({});
export async function handler() {
  try {
    const { Attributes } = await client.send(new UpdateItemCommand({
      TableName: process.env.TABLE, Key: { pk: { S: 'n' } }, UpdateExpression: 'ADD calls :one',
      ExpressionAttributeValues: { ':one': { N: '1' } }, ReturnValues: 'UPDATED_NEW',
    }));
    return { statusCode: 200, body: Attributes.calls.N };
  } catch (error) {
    return { statusCode: 500, body: error.name + ': ' + error.message };
  }
}`;
const counter = (): Template['Resources'] => ({
  Table: TABLE,
  Role: role({
    Effect: 'Allow',
    Action: 'dynamodb:UpdateItem',
    Resource: { 'Fn::GetAtt': ['Table', 'Arn'] },
  }),
  Function: lambdaFunction('Role', 'counter', { Environment: { Variables: { TABLE: { Ref: 'Table' } } } }),
  ...restApi('Api', 'Function', { path: 'count' }),
});
const URL = { 'Fn::Sub': 'https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${ApiStage}/count' };
const assets = { counter: { 'index.mjs': COUNTER } };

const hello = (text: string) => ({
  hello: { 'index.mjs': `export const handler = async () => ({ statusCode: 200, body: ${JSON.stringify(text)} });` },
});

let app: RunningApp | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});
const output = (name: string) => String(app?.runner.outputs.Test[name]);
const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, body: await response.text() };
};

describe('an app', () => {
  it('runs with local URLs', async () => {
    app = await runApp(oneStack(counter(), { assets, outputs: { URL } }));
    expect(output('URL')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/prod\/count$/);
    expect(await get(output('URL'))).toEqual({ status: 200, body: '1' });
    expect(await get(output('URL'))).toEqual({ status: 200, body: '2' });
  });

  it('denies a function calls without permission, with the error message of AWS', async () => {
    app = await runApp(oneStack(counter(), { assets, outputs: { URL, Arn: { 'Fn::GetAtt': ['Table', 'Arn'] } } }), {
      modifyTemplate: (template) => {
        template.Resources.Role.Properties!.Policies = [];
        return template;
      },
    });
    const { status, body } = await get(output('URL'));
    expect(status).toBe(500);
    expect(body).toMatch(
      /^AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role\/Test-Role-[0-9A-F]{12}\/Test-Function-/,
    );
    expect(body).toContain(
      `is not authorized to perform: dynamodb:UpdateItem on resource: ${output('Arn')} because no identity-based policy`,
    );
    expect(app.notices.at(-1)).toContain('dynamodb:UpdateItem');
  });

  it('rejects invocations by API Gateway without permission in the resource-based policy', async () => {
    app = await runApp(oneStack(counter(), { assets, outputs: { URL } }), {
      modifyTemplate: ({ Resources: { ApiPermission: _, ...Resources }, ...template }) => ({ ...template, Resources }),
    });
    expect(await get(output('URL'))).toEqual({ status: 500, body: '{"message":"Internal server error"}' });
    expect(app.notices.at(-1)).toMatch(
      /apigateway\.amazonaws\.com \(arn:aws:execute-api:.*\/prod\/GET\/count\) may not invoke arn:aws:lambda:/,
    );
  });

  it('lists a function with a role that Lambda cannot assume', async () => {
    const resources = counter();
    resources.Role = { ...resources.Role, Properties: { AssumeRolePolicyDocument: { Statement: [] } } };
    app = await runApp(oneStack(resources, { assets, outputs: { URL } }));
    expect(app.runner.notRun).toEqual([
      {
        path: 'Function',
        type: 'AWS::Lambda::Function',
        reason: expect.stringMatching(
          /^the role Test-Role-\w+ cannot be assumed by lambda\.amazonaws\.com: its trust policy does not allow it$/,
        ),
        remedy: 'allow lambda.amazonaws.com in assumedBy of the role',
      },
    ]);
    expect((await get(output('URL'))).status).toBeGreaterThanOrEqual(500);
  });

  it('generates the same names in every run', async () => {
    const outputs = { Stack: { Ref: 'AWS::StackId' }, Function: { Ref: 'Function' }, Table: { Ref: 'Table' } };
    const names: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      const run = await runApp(oneStack(counter(), { assets, outputs }));
      names.push(run.runner.outputs.Test);
      await run.stop();
    }
    expect(names[0]).toEqual(names[1]);
    expect(names[0]).toMatchObject({
      Stack: expect.stringMatching(
        /^arn:aws:cloudformation:us-east-1:123456789012:stack\/Test\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      ),
    });
  });

  it('imports values of other stacks', async () => {
    const Fn = { 'Fn::ImportValue': 'the-table' };
    const { Table, ...others } = counter();
    app = await runApp({
      Test: {
        template: {
          Resources: {
            ...others,
            Role: role({ Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' }),
            Function: lambdaFunction('Role', 'counter', { Environment: { Variables: { TABLE: Fn } } }),
          },
          Outputs: { URL: { Value: URL } },
        },
        assets,
        dependencies: ['Data'],
      },
      Data: {
        template: {
          Resources: { Table },
          Outputs: { Name: { Value: { Ref: 'Table' }, Export: { Name: 'the-table' } } },
        },
      },
    });
    expect(await get(output('URL'))).toEqual({ status: 200, body: '1' });
  });

  it('invokes functions by version and alias, which have their own resource-based policies', async () => {
    const FunctionName = { Ref: 'Function' };
    const live = (more: Template['Resources'] = {}): Template['Resources'] => ({
      Role: role(),
      Function: lambdaFunction('Role', 'hello'),
      Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName } },
      Alias: {
        Type: 'AWS::Lambda::Alias',
        Properties: { FunctionName, FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] }, Name: 'live' },
      },
      ...restApi('Api', 'Function'),
      ApiMethod: {
        Type: 'AWS::ApiGateway::Method',
        Properties: {
          ...restApi('Api', 'Function').ApiMethod.Properties,
          Integration: {
            Type: 'AWS_PROXY',
            Uri: { 'Fn::Sub': 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Alias}/invocations' },
          },
        },
      },
      ...more,
    });
    const outputs = {
      URL: { 'Fn::Sub': 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod/hello' },
      Version: { Ref: 'Version' },
      Alias: { Ref: 'Alias' },
    };
    app = await runApp(oneStack(live(), { assets: hello('by alias'), outputs }));
    expect(output('Version')).toMatch(/^arn:aws:lambda:us-east-1:123456789012:function:Test-Function-[0-9A-F]{12}:1$/);
    expect(output('Alias')).toMatch(/:live$/);
    expect((await get(output('URL'))).status).toBe(500); // the permission is on the function

    const { ApiPermission } = restApi('Api', 'Function');
    const onAlias = { ...ApiPermission, Properties: { ...ApiPermission.Properties, FunctionName: { Ref: 'Alias' } } };
    await app.change(oneStack(live({ ApiPermission: onAlias }), { assets: hello('by alias'), outputs }));
    expect(await get(output('URL'))).toEqual({ status: 200, body: 'by alias' });
  });

  it('reports a port in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
    const { port } = other.address() as AddressInfo;
    try {
      await expect(runApp(oneStack(counter(), { assets }), { port })).rejects.toThrow(
        `Test: Api (AWS::ApiGateway::RestApi): port ${port} is already in use: stop the program that uses it, or pass another port with --port`,
      );
    } finally {
      other.close();
    }
  });
});

describe('accepted and unsupported resources', () => {
  it('are listed', async () => {
    app = await runApp(
      oneStack({
        Key: { Type: 'AWS::KMS::Key' },
        Meta: { Type: 'AWS::CDK::Metadata' },
        Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Metadata: { 'aws:cdk:path': 'App/Mapping/Resource' } },
        Role: role(),
      }),
    );
    const { emulated, accepted, unsupported } = app.runner.resources;
    expect([...emulated.keys()]).toEqual(['AWS::IAM::Role']);
    expect([...accepted.keys()]).toEqual(['AWS::KMS::Key', 'AWS::CDK::Metadata']);
    expect([...unsupported]).toEqual([['AWS::Lambda::EventSourceMapping', ['App/Mapping']]]);
  });

  it('return placeholder ids and ARNs if accepted', async () => {
    app = await runApp(
      oneStack(
        {
          Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
          Group: { Type: 'AWS::EC2::SecurityGroup' },
          Bucket: { Type: 'AWS::S3::Bucket' },
          Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/x', Value: { 'Fn::Sub': '${Vpc}!' } } },
        },
        {
          outputs: {
            vpc: { Ref: 'Vpc' },
            cidr: { 'Fn::GetAtt': ['Vpc', 'CidrBlock'] },
            group: { 'Fn::GetAtt': ['Group', 'GroupId'] },
            bucket: { 'Fn::GetAtt': ['Bucket', 'Arn'] },
            parameter: { 'Fn::GetAtt': ['Parameter', 'Value'] },
          },
        },
      ),
    );
    expect(app.runner.outputs.Test).toEqual({
      vpc: expect.stringMatching(/^vpc-0[0-9a-f]{12}$/),
      cidr: '10.0.0.0/16',
      group: expect.stringMatching(/^sg-0[0-9a-f]{12}$/),
      bucket: expect.stringMatching(/^arn:aws:s3:::test-bucket-[0-9a-f]{12}$/),
      parameter: expect.stringMatching(/^vpc-0[0-9a-f]{12}!$/),
    });
  });

  it('resolve to plausible values if unsupported and referenced', async () => {
    const resources = {
      Api: { Type: 'AWS::ApiGatewayV2::Api', Metadata: { 'aws:cdk:path': 'App/Api/Resource' } },
      Role: role(),
      Function: lambdaFunction('Role', 'hello', {
        Environment: { Variables: { URL: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } } },
      }),
    };
    app = await runApp(oneStack(resources, { assets: hello('') }));
    expect(app.runner.functions[0]!.environment.URL).toMatch(
      /^https:\/\/[0-9a-f]{10}\.execute-api\.us-east-1\.amazonaws\.com$/,
    );
    expect(app.runner.notRun).toEqual([
      {
        path: 'App/Api',
        type: 'AWS::ApiGatewayV2::Api',
        reason: 'HTTP and WebSocket APIs are not served here',
        remedy: 'add a REST API or a function URL, or call the function through its tool',
      },
    ]);
  });

  it('include functions that cannot run: the reason is reported at start and by invocations', async () => {
    const resources = counter();
    resources.Function = {
      ...lambdaFunction('Role', 'counter', { Runtime: 'ruby3.4' }),
      Metadata: { 'aws:cdk:path': 'App/Count/Resource' },
    };
    app = await runApp(oneStack(resources, { assets, outputs: { URL } }));
    const problem =
      'runtime ruby3.4 is not supported by the local runner: it runs functions in Node.js, Python and Java, and bootstrap programs';
    expect(app.notices).toContain(`App/Count cannot run on this machine, its invocations fail: ${problem}`);
    expect([...app.runner.unavailable]).toEqual([[problem, ['App/Count']]]);
    expect((await get(output('URL'))).status).toBe(502);
    expect(app.notices.at(-1)).toContain(problem);
  });
});

describe('an update of the app', () => {
  const resources = (): Template['Resources'] => ({
    Role: role(),
    Function: lambdaFunction('Role', 'hello'),
    ...restApi('Api', 'Function'),
  });
  const outputs = { URL: { 'Fn::Sub': 'https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod/hello' } };
  const v2 = () => ({
    ...resources(),
    Function: lambdaFunction('Role', 'hello2'),
  });

  it('replaces the code of functions and keeps the URL', async () => {
    app = await runApp(oneStack(resources(), { assets: hello('one'), outputs }));
    const url = output('URL');
    expect((await get(url)).body).toBe('one');
    await app.change(oneStack(v2(), { assets: { hello2: hello('two').hello }, outputs }));
    expect(output('URL')).toBe(url);
    expect((await get(url)).body).toBe('two');
  });

  it('adds and removes routes', async () => {
    app = await runApp(oneStack(resources(), { assets: hello('one'), outputs }));
    const url = output('URL');
    const moved = { ...resources(), ...restApi('Api', 'Function', { path: 'moved' }) };
    await app.change(oneStack(moved, { assets: hello('one'), outputs }));
    expect((await get(url)).status).toBe(403);
    expect((await get(url.replace('hello', 'moved'))).body).toBe('one');
  });

  it('can fail without effect on the running app, and succeed the next time', async () => {
    app = await runApp(oneStack(resources(), { assets: hello('one'), outputs }));
    const broken = { ...resources(), Function: lambdaFunction('MissingRole', 'hello') };
    await expect(app.change(oneStack(broken, { assets: hello('one'), outputs }))).rejects.toThrow(
      'the template has no resource or parameter MissingRole',
    );
    expect((await get(output('URL'))).body).toBe('one');
    await app.change(oneStack(v2(), { assets: { hello2: hello('two').hello }, outputs }));
    expect((await get(output('URL'))).body).toBe('two');
  });

  it('deletes removed stacks', async () => {
    const stacks = oneStack(resources(), { assets: hello('one'), outputs });
    app = await runApp({ ...stacks, More: { template: { Resources: { Table: TABLE } } } });
    expect(Object.keys(app.runner.outputs)).toEqual(['Test', 'More']);
    app.assembly.write(stacks);
    await app.runner.update();
    expect(Object.keys(app.runner.outputs)).toEqual(['Test']);
  });
});
