import { afterEach, expect, it, vi } from 'vitest';
import { oneStack, type RunningApp, runApp } from '../support/running.js';
import { lambdaFunction, restApi, role } from '../support/templates.js';

const CODE = "console.log('initialized'); export const handler = async () => ({ statusCode: 200, body: '' });";

let app: RunningApp | undefined;
afterEach(() => app?.stop());

/** Runs a server with a function, whose path `/mcp` has an integration. Returns the number of initialized processes. */
async function run(functionArn: unknown): Promise<() => number> {
  const api = restApi('Api', 'Function', { path: 'mcp' });
  const register = restApi('Api', 'Function', { path: 'register' });
  const Uri = {
    'Fn::Join': ['', ['arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/', functionArn, '/invocations']],
  };
  api.ApiMethod!.Properties!.Integration = { Type: 'AWS_PROXY', Uri };
  register.ApiMethod!.Properties!.ResourceId = { Ref: 'RegisterResource' };
  const resources = {
    Role: role(),
    Function: lambdaFunction('Role', 'code'),
    ...api,
    RegisterResource: register.ApiResource!,
    RegisterMethod: register.ApiMethod!,
  };
  app = await runApp(oneStack(resources, { assets: { code: { 'index.mjs': CODE } } }));
  app.runner.warm();
  return () => app!.runner.logs.filter(({ text }) => text === 'initialized').length;
}

it('starts one process of the function that serves clients', async () => {
  const initialized = await run({ 'Fn::GetAtt': ['Function', 'Arn'] });
  await vi.waitFor(() => expect(initialized()).toBe(1), 10_000);
  expect((await fetch(app!.runner.servers[0]!.mcp)).status).toBe(200);
  expect(initialized()).toBe(1);
});

it('starts no process of a function that is not part of the app', async () => {
  const initialized = await run('arn:aws:lambda:us-east-1:123456789012:function:elsewhere');
  expect(app!.runner.servers).toHaveLength(1);
  expect(initialized()).toBe(0);
});
