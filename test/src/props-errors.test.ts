import { Duration, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, type McpLambdaServerProps } from '../../src';
import { testStack } from './support';

function server(props?: McpLambdaServerProps, stack = testStack()): McpLambdaServer {
  return new McpLambdaServer(stack, 'Mcp', props);
}

describe('rejects invalid properties and properties without effect, with the path of the server', () => {
  test.each<[string, McpLambdaServerProps, RegExp]>([
    ['a name with a space', { serverName: 'my orders' }, /serverName 'my orders' must be 1 to 64 of the characters/],
    ['an empty name', { serverName: '' }, /serverName '' must be/],
    ['an empty version', { serverVersion: '' }, /serverVersion '' must have 1 to 64 characters/],
    [
      'a hidden character in the version',
      { serverVersion: '1\u200b' },
      /serverVersion contains the hidden character U\+200B/,
    ],
    [
      'one in an icon',
      { icons: [{ src: 'https://a.example/\u202e' }] },
      /icons\/0\/src: contains the hidden character U\+202E/,
    ],
    ['an icon by http', { icons: [{ src: 'http://example.com/i.png' }] }, /icons\/0\/src: must be an https: URL/],
    [
      'an origin with a path',
      { allowedOrigins: ['https://a.example/x'] },
      /'https:\/\/a\.example\/x' is not an origin/,
    ],
    ['any origin', { allowedOrigins: ['*'] }, /'\*' is not an origin/],
    ['no registrable function', { registrableFunctions: [] }, /registrableFunctions is empty/],
    ['a wildcard instead of an ARN', { registrableFunctions: ['*'] }, /'\*' is not a Lambda function ARN/],
    ['too little memory', { memorySize: 64 }, /memorySize 64 must be a whole number of MiB from 128 to 10240/],
    ['no sessions', { maxSessions: 0 }, /maxSessions 0 must be a whole number of sessions/],
    ['half a session', { maxSessions: 1.5 }, /maxSessions 1.5 must be a whole number/],
    ['no requests', { throttlingRateLimit: 0 }, /throttlingRateLimit 0 must be/],
    ['no burst', { throttlingBurstLimit: 0 }, /throttlingBurstLimit 0 must be/],
    [
      '15 minutes',
      { maxSessionDuration: Duration.minutes(15) },
      /maxSessionDuration of 15 minutes must be whole seconds/,
    ],
    ['1 s idle', { sessionIdleTimeout: Duration.seconds(1) }, /sessionIdleTimeout of 1 second must be/],
    ['sessions without SSE', { legacySse: false, maxSessions: 3 }, /maxSessions has no effect without legacySse/],
    ['no listeners', { notifications: true, maxListeners: 0 }, /maxListeners 0 must be a whole number of listeners/],
    [
      'listening for 15 minutes',
      { notifications: true, maxListenerDuration: Duration.minutes(15) },
      /maxListenerDuration of 15 minutes must be whole seconds/,
    ],
    ['listeners without notifications', { maxListeners: 3 }, /maxListeners has no effect without notifications/],
    ['no tasks', { limits: { tasks: 0 } }, /limits\.tasks 0 must be a whole number of tasks from 1 to 10000/],
    [
      'too many sessions',
      { limits: { sessions: 10_001 } },
      /limits\.sessions 10001 must be a whole number of sessions/,
    ],
    [
      'one limit twice',
      { maxSessions: 5, limits: { sessions: 5 } },
      /maxSessions and limits\.sessions are the same limit/,
    ],
    [
      'sessions without SSE',
      { legacySse: false, limits: { sessions: 3 } },
      /limits\.sessions has no effect without legacySse/,
    ],
    [
      'listeners without notifications',
      { limits: { listeners: 3 } },
      /limits\.listeners has no effect without notifications/,
    ],
    ['tasks without tasks', { tasks: false, limits: { tasks: 3 } }, /limits\.tasks has no effect without tasks/],
    [
      'openings without sessions',
      { sessions: false, limits: { httpSessionsPerHour: 3 } },
      /limits\.httpSessionsPerHour has no effect without sessions/,
    ],
    [
      'listeners that take all executions',
      { notifications: true, limits: { reservedConcurrency: 50 } },
      /limits\.reservedConcurrency 50 must be higher than the 50 listeners/,
    ],
    ['subnets without a VPC', { vpcSubnets: {} }, /vpcSubnets has no effect without vpc/],
    ['groups without a VPC', { securityGroups: [] }, /securityGroups has no effect without vpc/],
  ])('%s', (_what, props, message) => {
    expect(() => server(props)).toThrow(message);
    expect(() => server(props)).toThrow(/^Test\/Mcp: /);
  });

  test('an empty list of security groups', () => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    expect(() => server({ vpc, securityGroups: [] }, stack)).toThrow(/securityGroups is empty/);
  });

  test('registrable functions of another account', () => {
    const stack = testStack('Test', { env: { account: '111122223333', region: 'us-east-1' } });
    const registrableFunctions = ['arn:aws:lambda:us-east-1:999999999999:function:x'];
    expect(() => server({ registrableFunctions }, stack)).toThrow(/is in another account/);
  });

  test('a registry table with other keys', () => {
    const stack = testStack();
    const table = new dynamodb.Table(stack, 'Mine', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    });
    expect(() => server({ registryTable: table }, stack)).toThrow(
      "Test/Mcp: registryTable 'Test/Mine' has the keys id HASH: expected the partition key 'type' and the sort key 'name', both strings",
    );
  });

  test('an environment that is too large for Lambda', () => {
    const stack = testStack();
    server({ instructions: 'x'.repeat(4_000) }, stack);
    expect(() => Template.fromStack(stack)).toThrow(
      /the environment variables of the server's functions are too large: \d+ bytes of JSON for HttpFunction, at most 4096/,
    );
  });

  test('an environment that is too large only as JSON, in which quotation marks count as four bytes', () => {
    const instructions = '"one" line\n'.repeat(128);
    expect(Buffer.byteLength(instructions)).toBeLessThan(1_500);
    const props = { serverName: 'x'.repeat(64), tasks: true, notifications: true };
    const plain = testStack('Plain');
    server({ ...props, instructions: instructions.replaceAll('"', "'") }, plain);
    expect(() => Template.fromStack(plain)).not.toThrow();
    const quoted = testStack('Quoted');
    server({ ...props, instructions: instructions.repeat(2), resultBucket: new s3.Bucket(quoted, 'Results') }, quoted);
    expect(() => Template.fromStack(quoted)).toThrow(/too large: \d+ bytes of JSON/);
  });

  test('an environment that is too large with instructions, tags and origins together', () => {
    const stack = testStack();
    server({ instructions: 'x'.repeat(3_450), allowedOrigins: ['https://a.example'] }, stack);
    Tags.of(stack).add('long', 'y'.repeat(250));
    expect(() => Template.fromStack(stack)).toThrow(
      /for SseFunction, at most 4096 \(server info \(instructions, icons\) \d+, allowedOrigins \d+, tags \d+\)/,
    );
  });
});
