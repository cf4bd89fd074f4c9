import { afterEach, describe, expect, it } from 'vitest';
import type { Template } from '../../../local/assembly/template.js';
import { oneStack, type RunningApp, runApp } from '../support/running.js';
import { lambdaFunction, role } from '../support/templates.js';

/** Logs each request, and responds according to the resource properties. */
const PROVIDER = `
export async function handler(event) {
  const { ResponseURL, ...request } = event;
  console.log('REQUEST ' + JSON.stringify(request));
  const { Name, Fail, Crash, Silent } = request.ResourceProperties;
  if (Crash) throw new Error('crashed on purpose');
  if (Silent) return;
  const result = Fail
    ? { Status: 'FAILED', Reason: Fail }
    : { Status: 'SUCCESS', PhysicalResourceId: 'thing-' + Name, Data: { Upper: Name.toUpperCase() } };
  const response = await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify(result) });
  console.log('RESPONDED ' + response.status);
}`;
/** A user function of the CDK's provider framework. */
const ON_EVENT = `
let queries = 0;
export const handler = async (event) => {
  console.log('REQUEST ' + JSON.stringify(event));
  if (event.IsCompleteQuestion !== undefined || 'PhysicalResourceId' in event && event.RequestType === 'Create') {
    return { IsComplete: ++queries > 1, Data: { Done: 'yes' } };
  }
  return { PhysicalResourceId: 'framework-1', Data: { Value: 'v' } };
};`;
const assets = { provider: { 'index.mjs': PROVIDER }, onEvent: { 'index.mjs': ON_EVENT } };

const thing = (properties: Record<string, unknown>, more: object = {}) => ({
  Type: 'Custom::Thing',
  Properties: { ServiceToken: { 'Fn::GetAtt': ['Provider', 'Arn'] }, ...properties },
  ...more,
});
const withThings = (things: Template['Resources']): Template['Resources'] => ({
  Role: role(),
  Provider: lambdaFunction('Role', 'provider'),
  ...things,
});

let app: RunningApp | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});
/** The requests that the provider has logged. The log can arrive after the response: wait with `logged`. */
const requests = () =>
  (app?.runner.logs ?? [])
    .filter(({ text }) => text.startsWith('REQUEST '))
    .map(({ text }) => JSON.parse(text.slice('REQUEST '.length)) as Record<string, unknown>);
const logged = (count: number) => expect.poll(requests).toHaveLength(count);

describe('a custom resource', () => {
  it('is created by its provider, and returns its data as attributes', async () => {
    app = await runApp(
      oneStack(withThings({ Thing: thing({ Name: 'a', Count: 3, On: true, List: [1, { Deep: false }] }) }), {
        assets,
        outputs: { Id: { Ref: 'Thing' }, Upper: { 'Fn::GetAtt': ['Thing', 'Upper'] }, Stack: { Ref: 'AWS::StackId' } },
      }),
    );
    const { Test } = app.runner.outputs;
    expect(Test).toMatchObject({ Id: 'thing-a', Upper: 'A' });
    await logged(1);
    expect(requests()).toEqual([
      {
        RequestType: 'Create',
        StackId: Test.Stack,
        RequestId: expect.any(String),
        ResourceType: 'Custom::Thing',
        LogicalResourceId: 'Thing',
        ResourceProperties: {
          ServiceToken: expect.stringContaining(':function:Test-Provider-'),
          Name: 'a',
          Count: '3', // CloudFormation converts values to strings
          On: 'true',
          List: ['1', { Deep: 'false' }],
        },
      },
    ]);
  });

  it('is updated only if its properties change, and receives the old properties', async () => {
    const stack = (Note: string) => oneStack(withThings({ Thing: thing({ Name: 'a', Note }) }), { assets });
    app = await runApp(stack('1'));
    await app.change(stack('1'));
    await app.change(stack('2'));
    await logged(2);
    expect(requests()[1]).toMatchObject({
      RequestType: 'Update',
      PhysicalResourceId: 'thing-a',
      ResourceProperties: { Note: '2' },
      OldResourceProperties: { Note: '1' },
    });
  });

  it('is replaced if it returns a new physical id: the old one is deleted with the old properties', async () => {
    const stack = (Name: string) => oneStack(withThings({ Thing: thing({ Name }) }), { assets });
    app = await runApp(stack('a'));
    await app.change(stack('b'));
    await logged(3);
    expect(requests().map(({ RequestType, PhysicalResourceId }) => [RequestType, PhysicalResourceId])).toEqual([
      ['Create', undefined],
      ['Update', 'thing-a'],
      ['Delete', 'thing-a'],
    ]);
    expect(requests()[2]).toMatchObject({ ResourceProperties: { Name: 'a' } });
  });

  it('is deleted when it is removed from the template', async () => {
    app = await runApp(oneStack(withThings({ Thing: thing({ Name: 'a' }) }), { assets }));
    await app.change(oneStack(withThings({}), { assets }));
    await logged(2);
    expect(requests()[1]).toMatchObject({ RequestType: 'Delete', PhysicalResourceId: 'thing-a' });
  });

  it.each([
    [{ Fail: 'no room' }, /^no room$/],
    [{ Crash: true }, /^the provider failed: Error: crashed on purpose$/],
    [{ Silent: true, ServiceTimeout: 1 }, /^the provider Test-Provider-\w+ did not respond within 1 s$/],
    [
      { ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:x' },
      /:function:x is not a function of this app$/,
    ],
  ])('is listed as not run when it fails, with placeholders for its attributes: %j', async (properties, reason) => {
    const stack = withThings({ Thing: thing({ Name: 'a', ...properties }) });
    app = await runApp(oneStack(stack, { assets, outputs: { Upper: { 'Fn::GetAtt': ['Thing', 'Upper'] } } }));
    expect(app.runner.notRun).toMatchObject([{ path: 'Thing', reason: expect.stringMatching(reason) }]);
    expect(app.runner.outputs.Test.Upper).toMatch(/-upper$/);
  });

  it.each([
    [{ Fail: 'the name is taken' }, 'the name is taken'],
    [{ Crash: true }, 'the provider failed: Error: crashed on purpose'],
  ])('fails the start if it is a registration that the MCP server rejects: %j', async (properties, message) => {
    const Tool = { ...thing({ Name: 'a', ...properties }), Type: 'Custom::McpTool' };
    await expect(runApp(oneStack(withThings({ Tool }), { assets }))).rejects.toThrow(
      `Test: Tool (Custom::McpTool): ${message}`,
    );
  });

  it('supports the provider framework of the CDK', async () => {
    const functionArn = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });
    app = await runApp(
      oneStack(
        {
          Role: role(),
          OnEvent: lambdaFunction('Role', 'onEvent'),
          Provider: lambdaFunction('Role', 'provider', {
            Handler: 'framework.onEvent',
            Environment: {
              Variables: {
                USER_ON_EVENT_FUNCTION_ARN: functionArn('OnEvent'),
                USER_IS_COMPLETE_FUNCTION_ARN: functionArn('OnEvent'),
              },
            },
          }),
          Thing: thing({ Name: 'a' }),
        },
        {
          assets,
          outputs: {
            Id: { Ref: 'Thing' },
            Value: { 'Fn::GetAtt': ['Thing', 'Value'] },
            Done: { 'Fn::GetAtt': ['Thing', 'Done'] },
          },
        },
      ),
    );
    expect(app.runner.outputs.Test).toEqual({ Id: 'framework-1', Value: 'v', Done: 'yes' });
    await logged(3); // onEvent, isComplete twice
  });
});

describe('destroy', () => {
  it('deletes resources in reverse dependency order, except retained ones', async () => {
    const Table = {
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'Retain',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      },
    };
    app = await runApp(
      oneStack(
        withThings({
          Last: thing({ Name: 'last' }, { DependsOn: ['Middle'] }),
          Middle: thing({ Name: 'middle', After: { Ref: 'First' } }),
          First: thing({ Name: 'first' }),
          Kept: thing({ Name: 'kept' }, { DeletionPolicy: 'Retain' }),
          Table,
        }),
        { assets },
      ),
    );
    await logged(4);
    expect(await app.runner.destroy()).toEqual(expect.arrayContaining(['Kept', 'Table']));
    await logged(7);
    expect(
      requests()
        .slice(4)
        .map(({ RequestType, PhysicalResourceId }) => [RequestType, PhysicalResourceId]),
    ).toEqual([
      ['Delete', 'thing-last'],
      ['Delete', 'thing-middle'],
      ['Delete', 'thing-first'],
    ]);
    expect(app.runner.functions).toEqual([]);
  });

  it('runs on close only with destroyOnExit', async () => {
    const logs: string[] = [];
    const stacks = oneStack(withThings({ Thing: thing({ Name: 'a' }) }), { assets });
    const onLog = ({ text }: { text: string }) => logs.push(text);
    const deletions = () => logs.filter((text) => text.includes('"RequestType":"Delete"'));
    await (await runApp(stacks, { onLog })).stop();
    expect(deletions()).toHaveLength(0);
    await (await runApp(stacks, { onLog, destroyOnExit: true })).stop();
    expect(deletions()).toHaveLength(1);
  });
});
