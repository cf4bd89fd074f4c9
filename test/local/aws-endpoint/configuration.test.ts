import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretArn } from '../../../local/services/secretsmanager/service.js';
import { ACCOUNT, allow, REGION, startEndpoint, type TestEndpoint } from './support.js';

let aws: TestEndpoint;
beforeAll(async () => {
  aws = await startEndpoint();
});
afterAll(() => aws.stop());

const everything = allow('*', '*');

describe('SSM', () => {
  const arn = (name: string) => `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${name}`;
  beforeAll(() => {
    aws.ssm.put('/shop/url', 'https://shop.example', { tags: { team: 'mcp' } });
    aws.ssm.put('/shop/db/name', 'orders');
    aws.ssm.put('plain', 'a,b', { type: 'StringList' });
  });

  it('returns parameters by name, ARN and path', async () => {
    const ssm = new SSMClient(aws.as(everything).config);
    const get = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter;
    expect(await get('/shop/url')).toMatchObject({ Type: 'String', Value: 'https://shop.example', Version: 1 });
    expect(await get(arn('/shop/url'))).toMatchObject({ Name: '/shop/url', ARN: arn('/shop/url') });
    expect(await get(arn('/plain'))).toMatchObject({ Name: 'plain', Type: 'StringList', ARN: arn('/plain') });
    const some = await ssm.send(new GetParametersCommand({ Names: ['plain', 'missing'] }));
    expect([some.Parameters?.map(({ Value }) => Value), some.InvalidParameters]).toEqual([['a,b'], ['missing']]);
    const byPath = async (Recursive: boolean) =>
      (await ssm.send(new GetParametersByPathCommand({ Path: '/shop', Recursive }))).Parameters?.map(
        ({ Name }) => Name,
      );
    expect([await byPath(false), await byPath(true)]).toEqual([['/shop/url'], ['/shop/db/name', '/shop/url']]);
  });

  it('names the option that gives a missing parameter', async () => {
    const ssm = new SSMClient(aws.as(everything).config);
    await expect(ssm.send(new GetParameterCommand({ Name: '/shop/missing' }))).rejects.toMatchObject({
      name: 'ParameterNotFound',
    });
    expect(aws.errors.at(-1)).toContain('start the runner with --parameters ssm:/shop/missing=<value>');
  });

  it('stores parameters of functions', async () => {
    const ssm = new SSMClient(aws.as(everything).config);
    const put = (Value: string, Overwrite: boolean) =>
      ssm.send(new PutParameterCommand({ Name: '/own', Value, Type: 'SecureString', Overwrite }));
    await put('1', false);
    await expect(put('2', false)).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
    expect((await put('2', true)).Version).toBe(2);
    await ssm.send(new DeleteParameterCommand({ Name: '/own' }));
    expect(aws.ssm.value('/own')).toBeUndefined();
  });

  it('requires permissions, with the tags of the parameter', async () => {
    const get = new GetParameterCommand({ Name: '/shop/url' });
    const read = async (...statements: Parameters<TestEndpoint['as']>) =>
      new SSMClient(aws.as(...statements).config).send(get);
    await read(allow('ssm:GetParameter', arn('/shop/*')));
    await expect(read(allow('ssm:GetParameter', arn('/other/*')))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`ssm:GetParameter on resource: ${arn('/shop/url')}`),
    });
    const tagged = (team: string) => ({ Condition: { StringEquals: { 'aws:ResourceTag/team': team } } });
    await read(allow('ssm:GetParameter', '*', tagged('mcp')));
    await expect(read(allow('ssm:GetParameter', '*', tagged('x')))).rejects.toThrow('not authorized');
  });
});

describe('Secrets Manager', () => {
  const environment = { accountId: ACCOUNT, region: REGION };
  const ARN = secretArn('shop/db', environment);
  beforeAll(() => aws.secretsManager.put('shop/db', '{"user":"a"}', { tags: { team: 'mcp' } }));

  it('returns secrets by name, ARN, and ARN without the random characters', async () => {
    const client = new SecretsManagerClient(aws.as(everything).config);
    for (const SecretId of ['shop/db', ARN, ARN.slice(0, -7)]) {
      const value = await client.send(new GetSecretValueCommand({ SecretId }));
      expect(value).toMatchObject({
        ARN,
        Name: 'shop/db',
        SecretString: '{"user":"a"}',
        VersionStages: ['AWSCURRENT'],
      });
    }
    const { Tags } = await client.send(new DescribeSecretCommand({ SecretId: ARN }));
    expect(Tags).toEqual([{ Key: 'team', Value: 'mcp' }]);
  });

  it('keeps the previous version', async () => {
    const client = new SecretsManagerClient(aws.as(everything).config);
    await client.send(new CreateSecretCommand({ Name: 'own', SecretString: '1' }));
    await client.send(new PutSecretValueCommand({ SecretId: 'own', SecretString: '2' }));
    const get = async (VersionStage?: string) =>
      (await client.send(new GetSecretValueCommand({ SecretId: 'own', VersionStage }))).SecretString;
    expect([await get(), await get('AWSPREVIOUS')]).toEqual(['2', '1']);
    const { SecretList } = await client.send(new ListSecretsCommand({}));
    expect(SecretList?.map(({ Name }) => Name)).toEqual(['shop/db', 'own']);
  });

  it('generates passwords by the rules', async () => {
    const client = new SecretsManagerClient(aws.as(everything).config);
    const { RandomPassword } = await client.send(
      new GetRandomPasswordCommand({ PasswordLength: 20, ExcludePunctuation: true, ExcludeUppercase: true }),
    );
    expect(RandomPassword).toMatch(/^(?=.*[a-z])(?=.*[0-9])[a-z0-9]{20}$/);
  });

  it('names the option that gives a missing secret', async () => {
    const client = new SecretsManagerClient(aws.as(everything).config);
    const SecretId = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:billing/key-a1B2c3`;
    await expect(client.send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect(aws.errors.at(-1)).toContain('start the runner with --parameters secretsmanager:billing/key=<value>');
  });

  it('requires permissions, of the role or of the resource policy', async () => {
    const role = aws.as(allow('secretsmanager:DescribeSecret', '*'));
    const get = () => new SecretsManagerClient(role.config).send(new GetSecretValueCommand({ SecretId: 'shop/db' }));
    await expect(get()).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`secretsmanager:GetSecretValue on resource: ${ARN}`),
    });
    aws.secretsManager.setPolicy(ARN, {
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: role.arn },
        Action: 'secretsmanager:GetSecretValue',
        Resource: '*',
      },
    });
    expect((await get()).SecretString).toBe('{"user":"a"}');
  });
});
