import { CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as deployment from 'aws-cdk-lib/aws-s3-deployment';
import * as custom from 'aws-cdk-lib/custom-resources';
import { describe, expect, it } from 'vitest';
import { returning, runCdkApp, serve } from './support.js';

const key = { name: 'pk', type: dynamodb.AttributeType.STRING };
const READ = `(await new (require('@aws-sdk/client-dynamodb').DynamoDB)().scan({ TableName: process.env.TABLE })).Items.map(({ pk }) => pk.S)`;
const GET_OBJECT = `(await (await new (require('@aws-sdk/client-s3').S3)({ forcePathStyle: true })
  .getObject({ Bucket: process.env.BUCKET, Key: 'docs/index.html' })).Body.transformToString())`;

describe("the CDK's custom resources", () => {
  it('call AWS, with the permissions of their roles', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const table = new dynamodb.TableV2(stack, 'Table', { partitionKey: key });
      const put = (id: string, policy: custom.AwsCustomResourcePolicy) =>
        new custom.AwsCustomResource(stack, id, {
          installLatestAwsSdk: true, // must not install anything on this machine
          onCreate: {
            service: 'DynamoDB',
            action: 'putItem',
            parameters: { TableName: table.tableName, Item: { pk: { S: id } } },
            physicalResourceId: custom.PhysicalResourceId.of(id),
          },
          policy,
        });
      put('Seed', custom.AwsCustomResourcePolicy.fromSdkCalls({ resources: [table.tableArn] }));
      const describe = new custom.AwsCustomResource(stack, 'Describe', {
        installLatestAwsSdk: false,
        onCreate: {
          service: 'XRay',
          action: 'getGroups',
          physicalResourceId: custom.PhysicalResourceId.of('groups'),
        },
        policy: custom.AwsCustomResourcePolicy.fromSdkCalls({ resources: ['*'] }),
      });
      const read = returning(stack, 'Read', READ, { environment: { TABLE: table.tableName } });
      table.grantReadData(read);
      const groups = returning(stack, 'Groups', 'process.env.GROUP', {
        environment: { GROUP: describe.getResponseField('Groups.0.GroupName') },
      });
      serve(stack, { read, groups });
    });
    expect(JSON.parse(await app.call('read'))).toEqual(['Seed']);
    expect(app.runner.notRun).toContainEqual({
      path: 'Shop/Describe',
      type: 'Custom::AWS',
      reason: 'it calls AWS with @aws-sdk/client-xray, which is not installed',
      remedy: 'npm install --save-dev @aws-sdk/client-xray',
    });
    expect(await app.call('groups')).toMatch(/groupname/);
  });

  it('are denied what their policies do not allow', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const table = new dynamodb.TableV2(stack, 'Table', { partitionKey: key });
      new custom.AwsCustomResource(stack, 'Seed', {
        onCreate: {
          service: 'DynamoDB',
          action: 'putItem',
          parameters: { TableName: table.tableName, Item: { pk: { S: 'a' } } },
          physicalResourceId: custom.PhysicalResourceId.of('seed'),
        },
        policy: custom.AwsCustomResourcePolicy.fromStatements([
          new iam.PolicyStatement({ actions: ['dynamodb:GetItem'], resources: ['*'] }),
        ]),
      });
      serve(stack, { hello: returning(stack, 'Hello', "'hello'") });
    });
    expect(app.reasonOf('Shop/Seed')).toContain('is not authorized to perform: dynamodb:PutItem');
    expect(await app.call('hello')).toBe('hello');
  });

  it('are providers: of the framework, inline with cfn-response, and failing ones', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const onEventHandler = returning(stack, 'OnEvent', "({ PhysicalResourceId: 'x', Data: { Value: 'framework' } })");
      const isCompleteHandler = returning(stack, 'IsComplete', '({ IsComplete: true })');
      const { serviceToken } = new custom.Provider(stack, 'Provider', {
        onEventHandler,
        isCompleteHandler,
        queryInterval: Duration.seconds(1),
      });
      const framework = new CustomResource(stack, 'Framework', { serviceToken });
      const inline = (id: string, runtime: lambda.Runtime, code: string) =>
        new CustomResource(stack, id, {
          serviceToken: new lambda.Function(stack, `${id}Provider`, {
            runtime,
            handler: 'index.handler',
            timeout: Duration.seconds(20),
            code: lambda.Code.fromInline(code),
          }).functionArn,
        });
      const node = inline(
        'Node',
        lambda.Runtime.NODEJS_22_X,
        `const response = require('cfn-response');
         exports.handler = (event, context) => response.send(event, context, response.SUCCESS, { Value: 'node' });`,
      );
      // the way of AWS's own module, whose request ignores scheme and port of the URL
      const https = inline(
        'Https',
        lambda.Runtime.NODEJS_20_X,
        `const https = require('https');
         exports.handler = (event, context, callback) => {
           const { hostname, pathname } = new URL(event.ResponseURL);
           const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'x', Data: { Value: 'https' } });
           const request = https.request({ hostname, port: 443, path: pathname, method: 'PUT' }, () => callback());
           request.end(body);
         };`,
      );
      inline('Broken', lambda.Runtime.NODEJS_22_X, "exports.handler = async () => { throw new Error('broken'); };");
      const values = { FRAMEWORK: framework, NODE: node, HTTPS: https };
      const environment = Object.fromEntries(
        Object.entries(values).map(([name, resource]) => [name, resource.getAttString('Value')]),
      );
      const read = returning(stack, 'Read', '[process.env.FRAMEWORK, process.env.NODE, process.env.HTTPS].join()', {
        environment,
      });
      serve(stack, { read });
    });
    expect(await app.call('read')).toBe('framework,node,https');
    expect(app.runner.notRun.map(({ path, reason }) => [path, reason])).toEqual([
      ['Shop/Broken', 'the provider failed: Error: broken'],
    ]);
  });

  it('deploy files to buckets, and delete them', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const bucket = new s3.Bucket(stack, 'Docs', {
        autoDeleteObjects: true,
        removalPolicy: RemovalPolicy.DESTROY,
        enforceSSL: true,
      });
      const fn = returning(stack, 'Read', GET_OBJECT, { environment: { BUCKET: bucket.bucketName } });
      new deployment.BucketDeployment(stack, 'Deployment', {
        destinationBucket: bucket,
        destinationKeyPrefix: 'docs',
        sources: [
          deployment.Source.asset('test/local/apps/site'),
          deployment.Source.jsonData('config.json', { table: fn.functionName }),
        ],
      });
      bucket.grantRead(fn);
      serve(stack, { read: fn });
    });
    expect(app.runner.notRun).toEqual([]);
    expect(await app.call('read')).toContain('<h1>');
    expect(await app.runner.destroy()).not.toContain('Shop/Docs');
  });
});
