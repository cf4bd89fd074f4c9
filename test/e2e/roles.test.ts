/** Clients with the roles of the app: `--as`, and `sts:AssumeRole` at the AWS endpoint of the runner. */
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import * as iam from 'aws-cdk-lib/aws-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Credentials } from '../../local/services/iam/service';
import { McpAuth } from '../../src';
import { type Fixture, type FixtureApp, startFixture } from './support/fixture';
import { signedFetch } from './support/signed';

// as the CDK CLI does: construct paths in the template
process.env.CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:enable-path-metadata': true });

const account = new iam.AccountRootPrincipal();
const extend = ({ stack, server }: FixtureApp) => {
  const agent = new iam.Role(stack, 'Agent', { assumedBy: account });
  server.grantConnect(agent);
  new iam.Role(stack, 'Auditor', { assumedBy: account });
  new iam.Role(stack, 'Service', { assumedBy: new iam.ServicePrincipal('bedrock-agentcore.amazonaws.com') });
  new iam.Role(stack, 'External', { assumedBy: account, externalIds: ['42'] });
  const chained = new iam.Role(stack, 'Chained', { assumedBy: new iam.ArnPrincipal(agent.roleArn) });
  server.grantConnect(chained);
};

const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { message: 'hello' } },
});
const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const call = ({ mcpUrl }: Fixture) => fetch(mcpUrl, { method: 'POST', headers, body });
const roleArn = (fixture: Fixture, path: string) => fixture.runner.roles.find((role) => role.path === path)!.arn;

describe('--as', () => {
  test('makes the role the caller of unsigned requests', async () => {
    await using fixture = await startFixture({ extend, as: 'E2e/Agent' });
    const response = await call(fixture);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('hello')]);
    const reflect = body.replace('"echo"', '"reflect"').replace('"message":"hello"', '');
    const text = await (await fetch(fixture.mcpUrl, { method: 'POST', headers, body: reflect })).text();
    expect(text).toMatch(/assumed-role\/[^/]*Agent[^/]*\/local/);
  });

  test('denies a role without the grant, and names the grant', async () => {
    const notices: string[] = [];
    await using fixture = await startFixture({ extend, as: 'E2e/Auditor', onNotice: (text) => notices.push(text) });
    const response = await call(fixture);
    expect(response.status).toBe(403);
    const hint = 'a grant is missing in the app for E2e/Auditor: server.grantConnect(role)';
    expect(await response.json()).toEqual({
      Message: expect.stringMatching(/^User: .*Auditor.*\/local is not authorized to perform: execute-api:Invoke on /),
      hint,
    });
    expect(notices.join('\n')).toContain(hint);
    const register = await fetch(fixture.registerUrl);
    expect(await register.json()).toMatchObject({
      hint: expect.stringContaining('server.grantReadRegistrations(role)'),
    });
  });

  test('has no effect on a server without IAM authorization, and says so', async () => {
    const notices: string[] = [];
    const onNotice = (text: string) => notices.push(text);
    const server = { auth: McpAuth.none() };
    const auditor = ({ stack }: FixtureApp) => void new iam.Role(stack, 'Auditor', { assumedBy: account });
    await using fixture = await startFixture({ server, extend: auditor, as: 'E2e/Auditor', onNotice });
    expect((await call(fixture)).status).toBe(200);
    expect(notices).toContain('--as E2e/Auditor has no effect on /mcp: the server does not use McpAuth.iam()');
  });

  test('rejects a role that the app does not have', async () => {
    await expect(startFixture({ extend, as: 'E2e/Agnt' })).rejects.toThrow(
      /role "E2e\/Agnt" is not part of the app: pass .*E2e\/Agent, .*admin$/,
    );
  });
});

describe('sts:AssumeRole', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({ extend, enforceAuth: true });
  });
  afterAll(() => fixture?.[Symbol.asyncDispose]());

  const sts = (credentials: Credentials = fixture.runner.admin) =>
    new STSClient({ endpoint: fixture.runner.awsEndpointUrl, region: 'us-east-1', credentials, maxAttempts: 1 });
  const assume = async (path: string, credentials?: Credentials, more: object = {}) => {
    const command = new AssumeRoleCommand({ RoleArn: roleArn(fixture, path), RoleSessionName: 'jo', ...more });
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = (await sts(credentials).send(command))
      .Credentials!;
    expect(Expiration!.getTime()).toBeGreaterThan(Date.now());
    return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
  };
  const send = async (credentials: Credentials) =>
    signedFetch(credentials).fetch('POST', fixture.mcpUrl, body, headers);

  test('returns credentials with the permissions of the role', async () => {
    const agent = await assume('E2e/Agent');
    expect((await send(agent)).status).toBe(200);
    const denied = await send(await assume('E2e/Auditor'));
    expect([denied.status, await denied.json()]).toEqual([
      403,
      expect.objectContaining({ hint: expect.stringContaining('E2e/Auditor: server.grantConnect(role)') }),
    ]);
    const { Arn } = await sts(agent).send(new GetCallerIdentityCommand({}));
    expect(Arn).toMatch(/:assumed-role\/[^/]*Agent[^/]*\/jo$/);
  });

  test('works in the credential provider of an SDK', async () => {
    const provider = fromTemporaryCredentials({
      masterCredentials: fixture.runner.admin,
      params: { RoleArn: roleArn(fixture, 'E2e/Agent'), RoleSessionName: 'jo' },
      clientConfig: { endpoint: fixture.runner.awsEndpointUrl, region: 'us-east-1' },
    });
    expect((await send(await provider())).status).toBe(200);
  });

  test('evaluates the trust policy', async () => {
    await expect(assume('E2e/Service')).rejects.toThrow(
      /user\/admin is not authorized to perform: sts:AssumeRole on resource: .* because no role trust policy allows the sts:AssumeRole action/,
    );
    await expect(assume('E2e/External')).rejects.toThrow('no role trust policy allows');
    await assume('E2e/External', undefined, { ExternalId: '42' });
    await expect(assume('E2e/Chained')).rejects.toThrow('no role trust policy allows');
    await assume('E2e/Chained', await assume('E2e/Agent'));
    // the account may delegate, and the Auditor has no policy that allows it
    await expect(assume('E2e/Agent', await assume('E2e/Auditor'))).rejects.toThrow(
      'because no identity-based policy allows the sts:AssumeRole action',
    );
  });

  test('rejects unknown roles, invalid names and session policies', async () => {
    const command = new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/other', RoleSessionName: 'jo' });
    await expect(sts().send(command)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume('E2e/Agent', undefined, { RoleSessionName: 'j o' })).rejects.toThrow('RoleSessionName');
    await expect(assume('E2e/Agent', undefined, { DurationSeconds: 60 })).rejects.toThrow('DurationSeconds');
    await expect(assume('E2e/Agent', undefined, { Policy: '{}' })).rejects.toThrow(
      'AssumeRole with Policy is not supported',
    );
  });
});
