import { afterEach, expect, it } from 'vitest';
import { parseFaults } from '../../../local/services/faults/file.js';
import { oneStack, type RunningApp, runApp } from '../support/running.js';
import { lambdaFunction, restApi, role } from '../support/templates.js';

const code = {
  'index.mjs': `
    export const handler = async (event) => {
      if (!event.RequestType) return { statusCode: 200, body: 'hello' };
      const body = JSON.stringify({ ...event, Status: 'SUCCESS', PhysicalResourceId: 'custom' });
      await fetch(event.ResponseURL, { method: 'PUT', body });
    };`,
};
const stacks = oneStack(
  {
    Role: role(),
    Function: lambdaFunction('Role', 'code'),
    Custom: { Type: 'Custom::Thing', Properties: { ServiceToken: { 'Fn::GetAtt': ['Function', 'Arn'] } } },
    ...restApi('Api', 'Function'),
  },
  { assets: { code } },
);

let app: RunningApp | undefined;
afterEach(() => app?.stop());

it('injects faults while no stack is deployed', async () => {
  const happened: string[] = [];
  app = await runApp(stacks, {
    faults: parseFaults('{"faults":[{"type":"reset","function":"Function"}]}'),
    onFault: ({ target }) => happened.push(target),
  });
  expect([app.notices, happened]).toEqual([[], []]);
  const url = `${app.runner.otherApis[0].url}/hello`;
  const get = async () => (await fetch(url)).status;
  expect(await get()).toBe(502);
  expect(happened).toEqual(['invocation of Function']);
  await app.runner.update();
  expect(await get()).toBe(502);
  app.runner.setFaults(false);
  expect(await get()).toBe(200);
});
