import { CfnResource, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { returning, runCdkApp, serve } from './support.js';

const SCAN = `new (require('@aws-sdk/client-dynamodb').DynamoDB)().scan({ TableName: process.env.TABLE }).then(({ Count }) => Count)`;

describe('an app with resources that do not run here', () => {
  it('runs beside HTTP APIs, event buses and types that the runner does not know', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const orders = returning(stack, 'Orders', 'process.env');
      const api = new apigatewayv2.HttpApi(stack, 'HttpApi');
      api.addRoutes({ path: '/orders', integration: new HttpLambdaIntegration('Orders', orders) });
      const bus = new events.EventBus(stack, 'Bus');
      new events.Rule(stack, 'Placed', {
        eventBus: bus,
        eventPattern: { source: ['shop'] },
        targets: [new targets.LambdaFunction(orders)],
      });
      const caller = returning(stack, 'Caller', 'process.env', {
        environment: {
          API: api.apiEndpoint,
          BUS: bus.eventBusName,
          NEW: new CfnResource(stack, 'Index', { type: 'AWS::S3Vectors::Index' }).getAtt('IndexArn').toString(),
          PIPELINE: new CfnResource(stack, 'Pipeline', { type: 'AWS::CodePipeline::Pipeline' }).ref,
          GRAPH: new CfnResource(stack, 'Graph', { type: 'AWS::AppSync::GraphQLApi' }).getAtt('GraphQLUrl').toString(),
          CAPACITY: new CfnResource(stack, 'Capacity', { type: 'AWS::Lambda::CapacityProvider' })
            .getAtt('Arn')
            .toString(),
        },
      });
      serve(stack, { caller });
    });
    expect(JSON.parse(await app.call('caller'))).toMatchObject({
      API: expect.stringMatching(/^https:\/\/[0-9a-f]{10}\.execute-api\.us-east-1\.amazonaws\.com$/),
      BUS: expect.stringMatching(/^ShopBus/),
      NEW: expect.stringMatching(/^arn:aws:s3vectors:us-east-1:123456789012:index\/shop-index-/),
      PIPELINE: expect.stringMatching(/^shop-pipeline-/),
      GRAPH: expect.stringMatching(/^https:\/\//),
      CAPACITY: expect.stringMatching(/^arn:aws:lambda:us-east-1:123456789012:capacityprovider\//),
    });
    expect(app.reasonOf('Shop/HttpApi')).toBe('HTTP and WebSocket APIs are not served here');
    expect(app.reasonOf('Shop/Placed')).toBe('event patterns do not trigger functions here');
    expect(app.runner.notRun.find(({ path }) => path === 'Shop/Index')?.remedy).toBe(
      'deploy it, and call it with --passthrough s3vectors',
    );
    expect(app.progress).toEqual([expect.stringMatching(/^Shop: \d+ resources, \d+ of them custom$/)]);
    expect(app.notices).toEqual([]);
  });

  const secured = (enforceAuth: boolean) =>
    runCdkApp(
      (cdk) => {
        const stack = new Stack(cdk, 'Shop');
        const orders = returning(
          stack,
          'Orders',
          '({ statusCode: 200, body: event.requestContext.authorizer.claims.sub })',
        );
        const authorizer = new apigateway.CognitoUserPoolsAuthorizer(stack, 'Users', {
          cognitoUserPools: [new cognito.UserPool(stack, 'Pool')],
        });
        new apigateway.LambdaRestApi(stack, 'Api', { handler: orders, defaultMethodOptions: { authorizer } });
        serve(stack, { orders: returning(stack, 'Lookup', "'found'") });
      },
      { enforceAuth },
    );

  it('serves an API with a Cognito authorizer, which is open', async () => {
    await using app = await secured(false);
    expect(await app.call('orders')).toBe('found');
    const [{ name, url }] = app.runner.otherApis as [{ name: string; url: string }];
    expect(name).toBe('Api');
    expect(await (await fetch(`${url}/x`)).text()).toBe('local');
  });

  it('has functions with imported roles, foreign code and custom resources of other apps', async () => {
    const role = 'arn:aws:iam::123456789012:role/team/shared';
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const imported = returning(stack, 'Imported', "'ran'", { role: iam.Role.fromRoleArn(stack, 'Role', role) });
      imported.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }));
      const foreign = new lambda.Function(stack, 'Foreign', {
        runtime: lambda.Runtime.PYTHON_3_12,
        handler: 'app.handler',
        code: lambda.Code.fromBucket(s3.Bucket.fromBucketName(stack, 'Artifacts', 'other-artifacts'), 'app.zip'),
      });
      const serviceToken = 'arn:aws:lambda:us-east-1:123456789012:function:other-app-provider';
      const seed = new CustomResource(stack, 'Seed', { serviceToken });
      const reader = returning(stack, 'Reader', 'process.env.SEED', {
        environment: { SEED: seed.getAttString('Rows') },
      });
      serve(stack, { imported, foreign, reader });
    });
    expect(await app.call('imported')).toBe('ran');
    expect(await app.call('foreign')).toContain('the code s3://other-artifacts/app.zip is not an asset of this app');
    expect(await app.call('reader')).toMatch(/-rows$/);
    expect(app.reasonOf('Shop/Seed')).toMatch(/function:other-app-provider is not a function of this app$/);
    expect([...app.runner.unavailable.values()]).toEqual([['Shop/Foreign']]);
    expect(app.notices).toContain(`${role} is not part of the app: its calls are allowed, unless the app denies them`);
  });

  it('has permissions boundaries of other apps, which allow each call', async () => {
    const boundary = 'arn:aws:iam::123456789012:policy/team-boundary';
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', boundary));
      const table = new dynamodb.TableV2(stack, 'Table', {
        partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      });
      const read = (id: string) =>
        returning(stack, id, SCAN, { environment: { TABLE: table.tableName }, timeout: Duration.seconds(20) });
      const granted = read('Granted');
      table.grantReadData(granted);
      serve(stack, { granted, denied: read('Denied') });
    });
    expect(await app.call('granted')).toBe('0');
    expect(app.notices.filter((text) => text.includes('allowed dynamodb:Scan'))).toHaveLength(1);
    expect(await app.call('denied')).toContain('is not authorized to perform: dynamodb:Scan');
    await app.call('denied');
    expect(app.notices.filter((text) => text.includes('is not authorized'))).toEqual([
      expect.stringMatching(
        /dynamodb:Scan on resource: .*\n {2}a grant is missing in the app: table\.grantReadData\(fn\)$/,
      ),
    ]);
  });

  it('has functions with file systems, which are not mounted', async () => {
    await using app = await runCdkApp((cdk) => {
      const stack = new Stack(cdk, 'Shop');
      const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 2 });
      const accessPoint = new efs.FileSystem(stack, 'Files', { vpc }).addAccessPoint('Data');
      const filesystem = lambda.FileSystem.fromEfsAccessPoint(accessPoint, '/mnt/data');
      serve(stack, { read: returning(stack, 'Read', "'ran'", { vpc, allowPublicSubnet: true, filesystem }) });
    });
    expect(await app.call('read')).toBe('ran');
    expect(app.reasonOf('Shop/Read')).toBe('runs without the file system at /mnt/data');
    expect(app.reasonOf('Shop/Files')).toBe('file systems are not mounted here');
  });

  it('has no resources in one of its stacks', async () => {
    await using app = await runCdkApp((cdk) => {
      new Stack(cdk, 'Empty');
      const stack = new Stack(cdk, 'Shop');
      serve(stack, { hello: returning(stack, 'Hello', "'hello'") });
    });
    expect(await app.call('hello')).toBe('hello');
  });

  it('has no stacks', async () => {
    await using app = await runCdkApp(() => {});
    expect(app.runner.servers).toEqual([]);
  });
});
