import { type App, type Environment, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, McpTool } from '../../src';
import { type Properties, statementsOf, testApp, testFunction } from './support';

const US: Environment = { account: '111122223333', region: 'us-east-1' };

/** Resources of a type in the template of a stack. */
function resources(stack: Stack, type: string): Properties[] {
  return Object.values(Template.fromStack(stack).findResources(type));
}

/** The functions that the runtime role may invoke by its policies. */
function invokable(server: McpLambdaServer): string[] {
  return statementsOf(server.runtimeRole)
    .filter(({ actions }) => actions.includes('lambda:InvokeFunction'))
    .flatMap((statement) => statement.resources);
}

/** Pairs of different environments that can be equal when the app is deployed. */
const INCOMPLETE: Environment[] = [{}, { region: US.region }, { account: US.account }];
const PAIRS = INCOMPLETE.flatMap((env) =>
  [US, ...INCOMPLETE.filter((other) => other !== env)].flatMap((other) => [
    { env, other },
    { env: other, other: env },
  ]),
);

describe.each(PAIRS)('a server in $env and functions in $other', ({ env, other }) => {
  const stacks = () => {
    const app = testApp();
    const serverStack = new Stack(app, 'Server', { env });
    return {
      app,
      serverStack,
      server: new McpLambdaServer(serverStack, 'Mcp'),
      tools: new Stack(app, 'Tools', { env: other }),
    };
  };

  test('share values by exports, for tools in the stack of the server', () => {
    const { app, serverStack, server, tools } = stacks();
    const handler = testFunction(new NestedStack(tools, 'Nested'));
    server.addTool(testFunction(tools), { name: 'lookup' });
    server.addResourceTemplate(handler, {
      name: 'docs',
      uriTemplate: 'docs://{page}',
      completionHandler: testFunction(tools, 'Completion'),
    });
    expect(serverStack.dependencies).toEqual([tools]);
    expect(unknownImports(app)).toEqual([]);
    expect(new Set(invokable(server)).size).toBe(3);
  });

  test('share values by exports, for tools in the stack of the functions', () => {
    const { app, serverStack, server, tools } = stacks();
    const nested = new NestedStack(tools, 'Nested');
    new McpTool(tools, 'Tool', { server, handler: testFunction(tools), name: 'lookup' });
    new McpTool(nested, 'Tool', { server, handler: testFunction(nested), name: 'track' });
    expect(tools.dependencies).toEqual([serverStack]);
    expect(unknownImports(app)).toEqual([]);
    const [tool] = resources(tools, 'Custom::McpTool');
    expect(tool!.Properties.ServiceToken).toEqual({
      'Fn::ImportValue': expect.stringContaining('RegistrationProvider'),
    });
    const [permission] = resources(nested, 'AWS::Lambda::Permission');
    expect(permission!.Properties.Principal).toEqual({ 'Fn::ImportValue': expect.stringContaining('RuntimeRole') });
  });
});

/** The values that templates of the app import, but none of its stacks exports. */
function unknownImports(app: App): string[] {
  const templates = app.synth().stacks.map(({ template }) => JSON.stringify(template));
  const nested = app.node
    .findAll()
    .filter(NestedStack.isNestedStack)
    .map((stack) => JSON.stringify(Template.fromStack(stack).toJSON()));
  const all = [...templates, ...nested].join('\n');
  const names = (pattern: RegExp) => [...all.matchAll(pattern)].map(([, name]) => name!);
  const exported = new Set(names(/"Export":\{"Name":"([^"]+)"/g));
  const imported = names(/"Fn::ImportValue":"([^"]+)"/g);
  expect(imported.length).toBeGreaterThan(0);
  return imported.filter((name) => !exported.has(name));
}
