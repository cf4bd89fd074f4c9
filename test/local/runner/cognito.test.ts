import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { oneStack, type RunningApp, runApp } from '../support/running.js';
import { lambdaFunction, restApi, role } from '../support/templates.js';

const assets = {
  who: {
    'index.mjs':
      'export const handler = async ({ requestContext: { authorizer } }) => ({ statusCode: 200, body: JSON.stringify(authorizer.claims) });',
  },
};
const authorized = (more: object) => ({
  path: 'who',
  method: { AuthorizationType: 'COGNITO_USER_POOLS', AuthorizerId: { Ref: 'Authorizer' }, ...more },
});
const resources = {
  Role: role(),
  Function: lambdaFunction('Role', 'who'),
  ...restApi('Api', 'Function', authorized({ AuthorizationScopes: ['orders/read'] })),
  Pool: { Type: 'AWS::Cognito::UserPool' },
  Authorizer: {
    Type: 'AWS::ApiGateway::Authorizer',
    Properties: {
      Type: 'COGNITO_USER_POOLS',
      RestApiId: { Ref: 'Api' },
      IdentitySource: 'method.request.header.Authorization',
      ProviderARNs: [{ 'Fn::GetAtt': ['Pool', 'Arn'] }],
    },
  },
};
const outputs = {
  Url: { 'Fn::Join': ['', ['https://', { Ref: 'Api' }, '.execute-api.us-east-1.amazonaws.com/prod/who']] },
  Issuer: { 'Fn::GetAtt': ['Pool', 'ProviderURL'] },
};

describe('Cognito authorizers with --enforce-auth', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await runApp(oneStack(resources, { assets, outputs }), { enforceAuth: true });
  });
  afterAll(() => app.stop());

  const get = async (scopes?: string[]) => {
    const { Url, Issuer } = app.runner.outputs.Test as Record<string, string>;
    const headers: Record<string, string> = {};
    if (scopes) {
      const response = await fetch(`${Issuer}/development/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ resource: Url, subject: 'ann', scopes, groups: ['a', 'b'] }),
      });
      headers.authorization = ((await response.json()) as { access_token: string }).access_token;
    }
    return fetch(Url!, { headers });
  };

  it('replace the issuer of the user pool', () => {
    expect(app.runner.outputs.Test!.Issuer).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/cognito-idp\.us-east-1\.amazonaws\.com-/,
    );
  });

  it('accept an access token with one of the scopes, and pass its claims as text', async () => {
    const response = await get(['orders/read']);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ sub: 'ann', 'cognito:groups': 'a,b', token_use: 'access' });
  });

  it('reject requests without a token, and tokens without the scope', async () => {
    expect((await get()).status).toBe(401);
    expect((await get(['orders/write'])).status).toBe(401);
  });
});

describe('without the npm package of the authorization server', () => {
  it('names the command that installs it, and rejects callers', async () => {
    const library = await import('../../../local/services/authorization-server/library.js');
    const load = vi.spyOn(library, 'loadLibrary').mockResolvedValue(undefined);
    const app = await runApp(oneStack(resources, { assets, outputs }), { enforceAuth: true });
    load.mockRestore();
    expect(app.notices.join('\n')).toContain('npm install --save-dev oidc-provider@9');
    expect(app.runner.notRun).toEqual([
      expect.objectContaining({ path: 'Authorizer', remedy: 'npm install --save-dev oidc-provider@9' }),
    ]);
    expect((await fetch(String(app.runner.outputs.Test!.Url))).status).toBe(401);
    await app.stop();
  });
});
