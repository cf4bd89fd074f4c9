import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  InvokeCommand,
  ListTagsCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lambdaApiAction } from '../../../local/services/lambda/api.js';
import { arnOf, startLambda, type TestLambda } from './support.js';

const role = 'arn:aws:iam::123456789012:role/Runtime';

describe('permissions', () => {
  let lambda: TestLambda;
  beforeAll(async () => {
    lambda = await startLambda('shared');
    for (const name of ['a', 'full', 'removed']) lambda.define(name, 'export const handler = async () => 1;');
    lambda.service.defineQualifier('a', 'live');
  });
  afterAll(() => lambda.stop());

  const add = (more: Partial<AddPermissionCommandInput> = {}) =>
    lambda.client.send(
      new AddPermissionCommand({
        FunctionName: 'a',
        StatementId: 'one',
        Action: 'lambda:InvokeFunction',
        Principal: role,
        ...more,
      }),
    );
  const policy = async (FunctionName: string, Qualifier?: string) => {
    const { Policy, RevisionId } = await lambda.client.send(new GetPolicyCommand({ FunctionName, Qualifier }));
    return { ...JSON.parse(Policy!), RevisionId };
  };
  const remove = (StatementId: string, more: { FunctionName?: string; Qualifier?: string; RevisionId?: string } = {}) =>
    lambda.client.send(new RemovePermissionCommand({ FunctionName: 'a', StatementId, ...more }));

  it('adds, returns and removes statements', async () => {
    await expect(policy('a')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The resource you requested does not exist.',
    });
    const { Statement } = await add();
    const stored = {
      Sid: 'one',
      Effect: 'Allow',
      Principal: { AWS: role },
      Action: 'lambda:InvokeFunction',
      Resource: arnOf('a'),
    };
    expect(JSON.parse(Statement!)).toEqual(stored);
    await add({
      StatementId: 'two',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: 'arn:aws:execute-api:us-east-1:123456789012:x/*/*/*',
      SourceAccount: '123456789012',
    });
    expect(await policy('a')).toEqual({
      Version: '2012-10-17',
      Id: 'default',
      Statement: [
        stored,
        {
          ...stored,
          Sid: 'two',
          Principal: { Service: 'apigateway.amazonaws.com' },
          Condition: {
            StringEquals: { 'AWS:SourceAccount': '123456789012' },
            ArnLike: { 'AWS:SourceArn': 'arn:aws:execute-api:us-east-1:123456789012:x/*/*/*' },
          },
        },
      ],
      RevisionId: expect.any(String),
    });
    await remove('one');
    expect((await policy('a')).Statement).toHaveLength(1);
    await expect(remove('one')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Statement one is not found in resource policy.',
    });
    await remove('two');
    await expect(policy('a')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('has a separate policy for an alias', async () => {
    await add({ Qualifier: 'live', Principal: '123456789012' });
    expect((await policy('a', 'live')).Statement).toMatchObject([
      { Resource: `${arnOf('a')}:live`, Principal: { AWS: 'arn:aws:iam::123456789012:root' } },
    ]);
    await expect(policy('a')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await remove('one', { Qualifier: 'live' });
  });

  it.each<[string, Partial<AddPermissionCommandInput>, string, RegExp]>([
    ['$LATEST', { Qualifier: '$LATEST' }, 'InvalidParameterValueException', /adding policies for \$LATEST/],
    ['a missing alias', { Qualifier: 'old' }, 'ResourceNotFoundException', /:a:old$/],
    ['a missing function', { FunctionName: 'b' }, 'ResourceNotFoundException', /:function:b$/],
    ['an invalid statement id', { StatementId: 'a b' }, 'ValidationException', /'a b' at 'statementId'/],
    ['a long statement id', { StatementId: 'x'.repeat(101) }, 'ValidationException', /less than or equal to 100/],
    ['an invalid action', { Action: 's3:GetObject' }, 'ValidationException', /at 'action'/],
    [
      'an invalid principal',
      { Principal: 'everyone' },
      'InvalidParameterValueException',
      /provided principal was invalid/,
    ],
    ['another revision', { RevisionId: 'x' }, 'PreconditionFailedException', /does not match/],
  ])('rejects %s', async (_, input, name, message) => {
    await expect(add(input)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it('rejects a duplicate statement id', async () => {
    await add({ StatementId: 'twice' });
    await expect(add({ StatementId: 'twice' })).rejects.toMatchObject({
      name: 'ResourceConflictException',
      $metadata: { httpStatusCode: 409 },
      message: expect.stringContaining('The statement id (twice) provided already exists.'),
    });
    const { RevisionId } = await policy('a');
    await expect(remove('twice', { RevisionId: 'x' })).rejects.toMatchObject({ name: 'PreconditionFailedException' });
    await remove('twice', { RevisionId });
  });

  it('rejects a policy over 20 KB', async () => {
    let added = 0;
    const fill = async () => {
      for (; added < 1000; added++) {
        const StatementId = `MCP-Execute-${String(added).padStart(80, '0')}`;
        lambda.service.addPermission('full', { StatementId, Action: 'lambda:InvokeFunction', Principal: role });
      }
    };
    await expect(fill()).rejects.toMatchObject({
      name: 'PolicyLengthExceededException',
      message: expect.stringMatching(/^The final policy size \(20\d{3}\) is bigger than the limit \(20480\)\.$/),
    });
    expect(added).toBeGreaterThan(60);
    expect((await policy('full')).Statement).toHaveLength(added);
  });

  it('deletes the policy with the function', async () => {
    await add({ FunctionName: 'removed' });
    lambda.service.remove('removed');
    await expect(policy('removed')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    lambda.define('removed', 'export const handler = async () => 1;');
    await expect(policy('removed')).rejects.toMatchObject({ message: 'The resource you requested does not exist.' });
  });
});

describe('GetFunction and related operations', () => {
  let lambda: TestLambda;
  beforeAll(async () => {
    lambda = await startLambda('shared');
    lambda.define('tool', 'export const handler = async () => 1;', {
      tags: { 'mcp-server': 'orders' },
      timeoutSeconds: 7,
      reservedConcurrency: 3,
      environment: { AWS_SECRET_ACCESS_KEY: 'the-role-s' },
    });
  });
  afterAll(() => lambda.stop());

  it('return configuration, tags and concurrency, but no credentials', async () => {
    const configuration = { FunctionName: 'tool', FunctionArn: arnOf('tool'), Runtime: 'nodejs24.x', Timeout: 7 };
    const alone = await lambda.client.send(new GetFunctionConfigurationCommand({ FunctionName: arnOf('tool') }));
    expect(alone).toMatchObject(configuration);
    expect(JSON.stringify(alone)).not.toContain('the-role-s');
    expect(await lambda.client.send(new GetFunctionCommand({ FunctionName: 'tool' }))).toMatchObject({
      Configuration: configuration,
      Tags: { 'mcp-server': 'orders' },
      Concurrency: { ReservedConcurrentExecutions: 3 },
    });
    expect((await lambda.client.send(new ListTagsCommand({ Resource: arnOf('tool') }))).Tags).toEqual({
      'mcp-server': 'orders',
    });
  });

  it('do not find functions of other accounts, regions and names', async () => {
    for (const Resource of [
      arnOf('other'),
      arnOf('tool').replace('123456789012', '210987654321'),
      arnOf('tool').replace('us-east-1', 'eu-west-1'),
    ]) {
      await expect(lambda.client.send(new ListTagsCommand({ Resource }))).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        message: `Function not found: ${Resource}`,
      });
    }
    await expect(lambda.client.send(new InvokeCommand({ FunctionName: 'a/b' }))).rejects.toThrow();
  });
});

describe('lambdaApiAction', () => {
  const path = '/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aa';
  const functionName = arnOf('a');
  it.each([
    ['POST', `${path}/invocations?Qualifier=live`, 'lambda:InvokeFunction', 'live'],
    ['POST', '/2021-11-15/functions/a/response-streaming-invocations', 'lambda:InvokeFunction', undefined],
    ['POST', `${path}/policy`, 'lambda:AddPermission', undefined],
    ['GET', `${path}/policy`, 'lambda:GetPolicy', undefined],
    ['DELETE', `${path}/policy/one`, 'lambda:RemovePermission', undefined],
    ['GET', `${path}/configuration`, 'lambda:GetFunctionConfiguration', undefined],
    ['GET', path, 'lambda:GetFunction', undefined],
    ['GET', path.replace('2015-03-31/functions', '2017-03-31/tags'), 'lambda:ListTags', undefined],
  ])('returns the action of %s %s: %s', (method, url, action, qualifier) => {
    expect(lambdaApiAction(method, url)).toEqual({
      action,
      qualifier,
      functionName: url.includes('2021') ? 'a' : functionName,
      statementId: method === 'DELETE' ? 'one' : undefined,
      context: {},
    });
  });

  it('returns the principal of AddPermission in the context, and undefined for unsupported operations', () => {
    const body = Buffer.from(JSON.stringify({ Principal: role }));
    expect(lambdaApiAction('POST', `${path}/policy`, body)?.context).toEqual({ 'lambda:Principal': role });
    expect(lambdaApiAction('POST', `${path}/policy`, Buffer.from('{'))?.context).toEqual({});
    expect(lambdaApiAction('DELETE', path)).toBeUndefined();
    expect(lambdaApiAction('GET', '/2015-03-31/functions/')).toBeUndefined();
  });
});
