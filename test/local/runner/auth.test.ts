// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credentials } from '../../../local/services/iam/service.js';
import { oneStack, type RunningApp, runApp } from '../support/running.js';
import { lambdaFunction, restApi, role } from '../support/templates.js';

const assets = {
  who: {
    'index.mjs':
      'export const handler = async ({ requestContext: { identity } }) => ({ statusCode: 200, body: String(identity.userArn ?? identity.apiKeyId) });',
  },
};
const signed = restApi('Signed', 'Function', { path: 'who', method: { AuthorizationType: 'AWS_IAM' } });
const keyed = restApi('Keyed', 'Function', { path: 'who', method: { ApiKeyRequired: true } });
const resources = {
  Role: role(),
  Function: lambdaFunction('Role', 'who'),
  ...signed,
  ...keyed,
  Key: { Type: 'AWS::ApiGateway::ApiKey', Properties: { Enabled: true } },
  OtherKey: { Type: 'AWS::ApiGateway::ApiKey', Properties: { Value: 'a-key-without-a-usage-plan' } },
  Plan: {
    Type: 'AWS::ApiGateway::UsagePlan',
    Properties: { ApiStages: [{ ApiId: { Ref: 'Keyed' }, Stage: { Ref: 'KeyedStage' } }] },
  },
  PlanKey: {
    Type: 'AWS::ApiGateway::UsagePlanKey',
    Properties: { KeyId: { Ref: 'Key' }, KeyType: 'API_KEY', UsagePlanId: { Ref: 'Plan' } },
  },
};
const outputs = {
  Signed: { 'Fn::Sub': 'https://${Signed}.execute-api.${AWS::Region}.amazonaws.com/prod/who' },
  Keyed: { 'Fn::Sub': 'https://${Keyed}.execute-api.${AWS::Region}.amazonaws.com/prod/who' },
  Arn: { 'Fn::Sub': 'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Signed}/prod/*/who' },
};

async function getSigned(address: string, credentials: Credentials): Promise<Response> {
  const url = new URL(address);
  const signer = new SignatureV4({ service: 'execute-api', region: 'us-east-1', credentials, sha256: Sha256 });
  const { headers } = await signer.sign(
    new HttpRequest({ method: 'GET', hostname: url.hostname, path: url.pathname, headers: { host: url.host } }),
  );
  return fetch(url, { headers });
}

describe('with --enforce-auth', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await runApp(oneStack(resources, { assets, outputs }), { enforceAuth: true });
  });
  afterAll(() => app.stop());
  const url = (name: string) => String(app.runner.outputs.Test[name]);

  it('rejects unsigned requests', async () => {
    expect((await fetch(url('Signed'))).status).toBe(403);
  });

  it('accepts requests of admin', async () => {
    const response = await getSigned(url('Signed'), app.runner.admin);
    expect(await response.text()).toBe('arn:aws:iam::123456789012:user/admin');
  });

  it('authorizes other users by their policies', async () => {
    const statement = (Resource: string) => ({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource }) as const;
    const ann = app.runner.issueCredentials('ann', [{ Statement: statement(url('Arn')) }]);
    expect(await (await getSigned(url('Signed'), ann)).text()).toBe('arn:aws:iam::123456789012:user/ann');
    const bob = app.runner.issueCredentials('bob', [{ Statement: statement(url('Arn').replace('/who', '/register')) }]);
    const denied = await getSigned(url('Signed'), bob);
    expect(denied.status).toBe(403);
    expect(await denied.text()).toMatch(/user\/bob is not authorized to perform: execute-api:Invoke on resource/);
  });

  it('rejects unknown access keys and wrong secrets', async () => {
    expect((await getSigned(url('Signed'), { accessKeyId: 'AKIAX', secretAccessKey: 'x' })).status).toBe(403);
    expect((await getSigned(url('Signed'), { ...app.runner.admin, secretAccessKey: 'x' })).status).toBe(403);
  });

  it('requires an API key of a usage plan', async () => {
    const get = async (key?: string) => fetch(url('Keyed'), { headers: key ? { 'x-api-key': key } : {} });
    expect((await get()).status).toBe(403);
    expect((await get('a-key-without-a-usage-plan')).status).toBe(403);
  });
});

describe('without --enforce-auth', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await runApp(oneStack(resources, { assets, outputs }));
  });
  afterAll(() => app.stop());

  it('accepts unsigned requests as the caller local', async () => {
    for (const name of ['Signed', 'Keyed']) {
      const response = await fetch(String(app.runner.outputs.Test[name]));
      expect([response.status, await response.text()]).toEqual([200, 'local']);
    }
  });
});
