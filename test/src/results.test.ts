import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { McpInvokeMode, McpLambdaServer, type McpLambdaServerProps } from '../../src';
import { ENV } from '../../src/private/contract';
import { environmentOf, logicalId, one, statementsOf, testApp, testFunction, testStack } from './support';

function server(props: McpLambdaServerProps = {}, stack = testStack()): McpLambdaServer {
  return new McpLambdaServer(stack, 'Mcp', { serverName: 'orders', ...props });
}

const ofS3 = (mcp: McpLambdaServer) =>
  statementsOf(mcp.runtimeRole).filter(({ actions }) => /s3|kms/.test(actions.join()));

describe('resultBucket', () => {
  test('no S3 permissions without a bucket', () => {
    const mcp = server();
    expect(ofS3(mcp)).toEqual([]);
    expect(environmentOf(mcp.httpFunction)).not.toHaveProperty(ENV.RESULT_BUCKET);
  });

  test('the functions that serve MCP can write and read objects with the server’s prefix', () => {
    const stack = testStack();
    const bucket = new s3.Bucket(stack, 'Results');
    const mcp = server({ resultBucket: bucket }, stack);
    expect(ofS3(mcp)).toEqual([
      {
        actions: ['s3:GetObject', 's3:PutObject'],
        resources: [`{${logicalId(bucket)}.Arn}/mcp-results/mcp-d9fff7a2-{stack}/*`],
      },
    ]);
    for (const fn of [mcp.httpFunction, mcp.sseFunction!]) {
      expect(environmentOf(fn)[ENV.RESULT_BUCKET]).toEqual({ Ref: logicalId(bucket) });
    }
    for (const fn of [mcp.messageFunction!, mcp.registrationFunction]) {
      expect(environmentOf(fn)).not.toHaveProperty(ENV.RESULT_BUCKET);
    }
  });

  test('the functions can use the key of an encrypted bucket', () => {
    const stack = testStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const mcp = server({ resultBucket: new s3.Bucket(stack, 'Results', { encryptionKey }) }, stack);
    const key = {
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [`{${logicalId(encryptionKey)}.Arn}`],
      conditions: { StringLike: { 'kms:ViaService': 's3.{Region}.amazonaws.com*' } },
    };
    expect(ofS3(mcp)).toContainEqual(key);
  });

  test('accepts an imported bucket', () => {
    const stack = testStack();
    const mcp = server({ resultBucket: s3.Bucket.fromBucketName(stack, 'Results', 'results') }, stack);
    expect(environmentOf(mcp.httpFunction)[ENV.RESULT_BUCKET]).toBe('results');
    expect(ofS3(mcp)[0]!.resources).toEqual(['arn:{Partition}:s3:::results/mcp-results/mcp-d9fff7a2-{stack}/*']);
  });

  test.each([
    ['region', { account: '111122223333', region: 'eu-west-1' }],
    ['account', { account: '444455556666', region: 'us-east-1' }],
  ])('rejects a bucket of another %s', (_, env) => {
    const app = testApp();
    const resultBucket = new s3.Bucket(new Stack(app, 'Elsewhere', { env }), 'Results', { bucketName: 'results' });
    const stack = new Stack(app, 'Test', { env: { account: '111122223333', region: 'us-east-1' } });
    expect(() => server({ resultBucket }, stack)).toThrow(
      /^Test\/Mcp: resultBucket 'Elsewhere\/Results' is in .*; use a bucket there/,
    );
  });
});

test('invokeMode is part of the definition, and needs no further permission', () => {
  const stack = testStack();
  const mcp = server({}, stack);
  const fn = testFunction(stack);
  mcp.addTool(fn, { name: 'report', invokeMode: McpInvokeMode.RESPONSE_STREAM });
  const { Definition } = one(stack, 'Custom::McpTool').Properties;
  expect(JSON.parse(Definition)).toMatchObject({ name: 'report', invokeMode: 'RESPONSE_STREAM' });
  expect(statementsOf(mcp.runtimeRole)).toContainEqual({
    actions: ['lambda:InvokeFunction'],
    resources: [`{${logicalId(fn)}.Arn}`],
  });
});
