import { Lazy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, McpOpenApi, McpResource, McpTool } from '../../src';
import { testFunction, testStack } from './support';

function setUp() {
  const stack = testStack();
  return { stack, server: new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' }), fn: testFunction(stack) };
}

/** The toolsets of the declared registrations, by name. */
function declared({ stack }: ReturnType<typeof setUp>): { [name: string]: unknown } {
  const resources = Object.values(Template.fromStack(stack).toJSON().Resources as { [id: string]: any });
  const definitions = resources.flatMap(({ Type, Properties }) =>
    /^Custom::Mcp(?!Lambda)/.test(Type) ? [JSON.parse(Properties.Definition)] : [],
  );
  return Object.fromEntries(definitions.map(({ name, toolsets }) => [name, toolsets]));
}

test('are part of the definition of tools, resources, templates and prompts', () => {
  const app = setUp();
  const { stack, server, fn } = app;
  const toolsets = ['billing', 'support-2'];
  server.addTool(fn, { name: 'tool', toolsets });
  server.addResource(fn, { name: 'resource', uri: 'docs://a', toolsets });
  server.addResourceTemplate(fn, { name: 'template', uriTemplate: 'docs://{page}', toolsets });
  server.addPrompt(fn, { name: 'prompt', toolsets });
  server.addOpenApi(fn, {
    spec: McpOpenApi.fromString(
      JSON.stringify({ openapi: '3.1.0', paths: { '/a': { get: { operationId: 'operation', responses: {} } } } }),
    ),
    operations: ['operation'],
    toolsets,
  });
  new McpTool(stack, 'Tool', { server, handler: fn, name: 'construct', toolsets });
  server.addTool(fn, { name: 'none' });
  expect(declared(app)).toEqual({
    tool: toolsets,
    resource: toolsets,
    template: toolsets,
    prompt: toolsets,
    operation: toolsets,
    construct: toolsets,
    none: undefined,
  });
});

describe('a name', () => {
  const errorOf = (...toolsets: string[]) => {
    const { stack, server, fn } = setUp();
    try {
      new McpResource(stack, 'R', { server, handler: fn, name: 'x', uri: 'docs://x', toolsets });
    } catch (error) {
      return (error as Error).message.split('\n  ').slice(1).join('\n');
    }
    return undefined;
  };
  const RULE = 'must be 1 to 64 of the characters a-z 0-9 -, other than server-card, which MCP reserves';

  test.each(['a', '2', 'billing', 'tier-2', 'x'.repeat(64)])('%j is valid', (name) => {
    expect(errorOf(name)).toBeUndefined();
  });

  test.each([
    ['Billing', ': use "billing"'],
    ['order status', ': use "order-status"'],
    ['a/b_c', ': use "a-b-c"'],
    [`${'x'.repeat(64)}y`, `: use "${'x'.repeat(64)}"`],
    ['', ''],
    ['日本', ''],
    ['server-card', ''],
  ])('%j is not, and the error says the rule and a name to use', (name, advice) => {
    expect(errorOf(name)).toBe(`/toolsets/0: ${RULE}; got ${JSON.stringify(name)}${advice}`);
  });

  test('is a literal, and occurs once', () => {
    const token = Lazy.string({ produce: () => 'billing' });
    expect(errorOf(token)).toBe('/toolsets: must not contain a token: it must be known at synth');
    expect(errorOf('a', 'b', 'a')).toBe('/toolsets/2: "a" is a duplicate');
  });

  test('is one of at most 16', () => {
    const names = Array.from({ length: 17 }, (_, i) => `t${i}`);
    expect(errorOf(...names)).toBe('/toolsets: has 17 items, at most 16 are allowed');
  });
});
