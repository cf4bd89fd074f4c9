import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, describe, expect, it } from 'vitest';
import type { Credentials } from '../../../local/services/iam/service.js';
import { oneStack, type RunningApp, runApp } from '../support/running.js';
import { lambdaFunction, role } from '../support/templates.js';
import { functionUrl } from './support.js';

const assets = {
  who: {
    'index.mjs':
      'export const handler = async ({ requestContext }) => ({ who: requestContext.authorizer?.iam.userArn ?? requestContext.accountId, own: process.env.OWN });',
  },
};
const permission = (Action: string, more: Record<string, unknown> = {}) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { Action, FunctionName: { 'Fn::GetAtt': ['Function', 'Arn'] }, Principal: '*', ...more },
});
const PUBLIC = {
  UrlPermission: permission('lambda:InvokeFunctionUrl', { FunctionUrlAuthType: 'NONE' }),
  InvokePermission: permission('lambda:InvokeFunction', { InvokedViaFunctionUrl: true }),
};
const ACCOUNT_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:who';
const outputs = { Url: { 'Fn::GetAtt': ['Url', 'FunctionUrl'] }, Ref: { Ref: 'Url' } };
const resources = (url: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  Role: role(),
  Function: lambdaFunction('Role', 'who', { FunctionName: 'who' }),
  Url: functionUrl('Function', url),
  ...(more as Record<string, { Type: string }>),
});

async function getSigned(address: string, credentials: Credentials, service = 'lambda'): Promise<Response> {
  const url = new URL(address);
  const signer = new SignatureV4({ service, region: 'us-east-1', credentials, sha256: Sha256 });
  const { headers } = await signer.sign(
    new HttpRequest({ method: 'GET', hostname: url.hostname, path: url.pathname, headers: { host: url.host } }),
  );
  return fetch(url, { headers });
}

describe('AWS::Lambda::Url', () => {
  let app: RunningApp;
  afterEach(() => app.stop());
  const url = () => String(app.runner.outputs.Test.Url);

  it('is served at an address of its own, which outputs and environment variables have', async () => {
    const host = { 'Fn::Select': [2, { 'Fn::Split': ['/', { 'Fn::GetAtt': ['Url', 'FunctionUrl'] }] }] };
    const Other = lambdaFunction('Role', 'who', {
      Environment: { Variables: { OWN: { 'Fn::Join': ['', ['https://', host, '/x']] } } },
    });
    app = await runApp(
      oneStack(resources({ AuthType: 'NONE' }, { Other, OtherUrl: functionUrl('Other'), ...PUBLIC }), {
        assets,
        outputs,
      }),
    );
    expect(url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(app.runner.outputs.Test.Ref).toBe(ACCOUNT_ARN);
    expect(await (await fetch(url())).json()).toEqual({ who: 'anonymous' });
    const other = app.runner.functions.find(({ name }) => name !== 'who');
    expect(other!.environment.OWN).toBe(`${url()}x`);
    expect(app.runner.otherApis.map(({ url: each }) => `${each}/`)).toContain(url());
    expect(app.runner.notRun).toEqual([]);
  });

  it('changes with its properties, and is closed when it is removed', async () => {
    const own = (properties: Record<string, unknown>) => oneStack(resources(properties, PUBLIC), { assets, outputs });
    app = await runApp(own({ AuthType: 'NONE' }), { enforceAuth: true });
    const before = url();
    expect((await fetch(before)).status).toBe(200);
    await app.change(own({ AuthType: 'AWS_IAM' }));
    expect(url()).toBe(before);
    expect((await fetch(before)).status).toBe(403);
    const { Url: _, ...others } = resources({}, PUBLIC);
    await app.change(oneStack(others, { assets }));
    await expect(fetch(before)).rejects.toThrow();
  });

  it.each(Object.keys(PUBLIC))('needs the permission %s for everyone', async (missing) => {
    const permissions: Record<string, unknown> = { ...PUBLIC };
    delete permissions[missing];
    app = await runApp(oneStack(resources({ AuthType: 'NONE' }, permissions), { assets, outputs }));
    const response = await fetch(url());
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      Message: expect.stringMatching(/^Forbidden. For troubleshooting Function URL authorization issues/),
      hint: expect.stringContaining('authType NONE'),
    });
    const action = missing === 'UrlPermission' ? 'lambda:InvokeFunctionUrl' : 'lambda:InvokeFunction';
    expect(app.notices.join()).toContain(`anonymous is not authorized to perform: ${action} on resource`);
  });

  it('is open for the caller local without --enforce-auth', async () => {
    app = await runApp(oneStack(resources(), { assets, outputs }));
    expect(await (await fetch(url())).json()).toEqual({ who: 'local' });
  });

  describe('with --enforce-auth', () => {
    const URL_GRANT = {
      Effect: 'Allow',
      Action: 'lambda:InvokeFunctionUrl',
      Resource: ACCOUNT_ARN,
      Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
    } as const;
    const INVOKE_GRANT = {
      Effect: 'Allow',
      Action: 'lambda:InvokeFunction',
      Resource: ACCOUNT_ARN,
      Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
    } as const;
    const start = async () => {
      app = await runApp(oneStack(resources(), { assets, outputs }), { enforceAuth: true });
    };

    it('accepts requests that are signed for lambda by a caller with both permissions', async () => {
      await start();
      const ann = app.runner.issueCredentials('ann', [{ Statement: [URL_GRANT, INVOKE_GRANT] }]);
      expect(await (await getSigned(url(), ann)).json()).toEqual({ who: 'arn:aws:iam::123456789012:user/ann' });
      expect((await getSigned(url(), app.runner.admin)).status).toBe(200);
    });

    it.each([
      ['lambda:InvokeFunction', [URL_GRANT]],
      ['lambda:InvokeFunctionUrl', [INVOKE_GRANT]],
      ['lambda:InvokeFunctionUrl', []],
    ])('rejects a caller without %s', async (action, Statement) => {
      await start();
      const bob = app.runner.issueCredentials('bob', [{ Statement }]);
      const response = await getSigned(url(), bob);
      expect(response.status).toBe(403);
      expect(response.headers.get('x-amzn-errortype')).toBe('AccessDeniedException');
      expect(await response.json()).toMatchObject({
        hint: expect.stringContaining('functionUrl.grantInvokeUrl(role)'),
      });
      expect(app.notices.join()).toContain(
        `user/bob is not authorized to perform: ${action} on resource: ${ACCOUNT_ARN}`,
      );
    });

    it('does not let the permission for the URL invoke the function by API', async () => {
      await start();
      const ann = app.runner.issueCredentials('ann', [{ Statement: [URL_GRANT, INVOKE_GRANT] }]);
      const { LambdaClient, InvokeCommand } = await import('@aws-sdk/client-lambda');
      const client = new LambdaClient({ endpoint: app.runner.awsEndpointUrl, region: 'us-east-1', credentials: ann });
      await expect(client.send(new InvokeCommand({ FunctionName: 'who' }))).rejects.toThrow(/lambda:InvokeFunction/);
    });

    it('rejects requests that are unsigned, signed for another service, or by an unknown key', async () => {
      await start();
      expect((await fetch(url())).status).toBe(403);
      expect((await getSigned(url(), app.runner.admin, 'execute-api')).status).toBe(403);
      expect((await getSigned(url(), { ...app.runner.admin, secretAccessKey: 'x' })).status).toBe(403);
      expect((await getSigned(url(), { accessKeyId: 'AKIAX', secretAccessKey: 'x' })).status).toBe(403);
    });
  });

  it('runs a URL of an alias, and not that of a function of another app', async () => {
    app = await runApp(
      oneStack(
        {
          ...resources(),
          Url: { ...functionUrl('Function', { Qualifier: 'live', TargetFunctionArn: 'who' }), DependsOn: ['Live'] },
          Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Function' } } },
          Live: {
            Type: 'AWS::Lambda::Alias',
            Properties: { FunctionName: { Ref: 'Function' }, Name: 'live', FunctionVersion: '1' },
          },
          Foreign: {
            Type: 'AWS::Lambda::Url',
            Properties: { TargetFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:other', AuthType: 'NONE' },
          },
        },
        { assets, outputs },
      ),
    );
    expect(app.runner.outputs.Test.Ref).toBe(`${ACCOUNT_ARN}:live`);
    expect((await fetch(url())).status).toBe(200);
    expect(app.runner.notRun.map(({ reason }) => reason)).toEqual([
      'its function arn:aws:lambda:eu-west-1:111122223333:function:other is not part of the app',
    ]);
  });
});
