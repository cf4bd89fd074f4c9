import { Duration, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import {
  McpAudience,
  McpCacheScope,
  McpClientFeature,
  McpEvent,
  McpLambdaServer,
  McpPrompt,
  McpResource,
  McpResourceTemplate,
  McpSchema,
  McpTool,
} from '../../src';
import { logicalId, one, statementsOf, testFunction, testStack, text } from './support';

function setUp() {
  const stack = testStack();
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' });
  return { stack, server, fn: testFunction(stack) };
}

function definitionOf(stack: Stack, type: string) {
  return JSON.parse(one(stack, type).Properties.Definition);
}

/** Options of all registrations. */
const COMMON = {
  name: 'a.b_c-1',
  title: 'A',
  description: 'What it does',
  icons: [{ src: 'https://example.com/i.png', mimeType: 'image/png' }],
  meta: { 'example.com/x': [1, true, null] },
  event: McpEvent.request(),
  timeout: Duration.minutes(2),
  enabled: false,
  asksClient: [McpClientFeature.ELICITATION, McpClientFeature.ROOTS],
};
const COMMON_DEFINITION = {
  name: 'a.b_c-1',
  title: 'A',
  description: 'What it does',
  icons: [{ src: 'https://example.com/i.png', mimeType: 'image/png' }],
  _meta: { 'example.com/x': [1, true, null] },
  event: { type: 'request' },
  timeoutSeconds: 120,
  enabled: false,
  asksClient: ['elicitation', 'roots'],
};

describe('a tool', () => {
  test('is a custom resource with the definition as text, and depends on the permission', () => {
    const { stack, server, fn } = setUp();
    const tool = server.addTool(fn, { name: 'lookup', description: 'Looks up' });
    const [id, resource] = Object.entries(Template.fromStack(stack).findResources('Custom::McpTool'))[0]!;
    expect(id).toMatch(/^Mcptoollookup\w{8}$/);
    expect(resource.Properties).toEqual({
      ServiceToken: { 'Fn::GetAtt': [logicalId(server.node.findChild('RegistrationProvider')), 'Arn'] },
      ServiceTimeout: '600',
      Definition: JSON.stringify({
        type: 'tool',
        name: 'lookup',
        description: 'Looks up',
        inputSchema: { type: 'object' },
      }),
      FunctionArn: { 'Fn::GetAtt': [logicalId(fn), 'Arn'] },
      Permission: 'IDENTITY',
    });
    expect(resource.DependsOn).toEqual([one(stack, 'AWS::IAM::ManagedPolicy').id]);
    expect(tool).toMatchObject({ toolName: 'lookup', registrationId: 'tool-lookup', handler: fn, server });
  });

  test('supports all options', () => {
    const { stack, server, fn } = setUp();
    const inputSchema = { type: 'object', properties: { id: { type: 'string' } }, additionalProperties: false };
    const outputSchema = { type: 'object', properties: { n: { type: 'integer', minimum: 0 } } };
    const annotations = {
      title: 'T',
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    };
    server.addTool(fn, {
      ...COMMON,
      inputSchema: McpSchema.fromObject(inputSchema),
      outputSchema: McpSchema.fromString(JSON.stringify(outputSchema)),
      annotations,
    });
    expect(definitionOf(stack, 'Custom::McpTool')).toEqual({
      type: 'tool',
      ...COMMON_DEFINITION,
      inputSchema,
      outputSchema,
      annotations,
    });
  });

  test('accepts tokens in strings', () => {
    const { stack, server, fn } = setUp();
    const schema = {
      type: 'object',
      properties: { t: { type: 'string', description: `in ${fn.functionName} "now"` } },
    };
    server.addTool(fn, {
      name: 'x',
      description: `of ${fn.functionName}`,
      inputSchema: McpSchema.fromObject(schema),
    });
    const definition = text(one(stack, 'Custom::McpTool').Properties.Definition);
    expect(JSON.parse(definition)).toMatchObject({
      description: `of {${logicalId(fn)}}`,
      inputSchema: { properties: { t: { description: `in {${logicalId(fn)}} "now"` } } },
    });
  });

  test('registers an alias or a version by its own ARN', () => {
    const { stack, server, fn } = setUp();
    const alias = new lambda.Alias(stack, 'Live', { aliasName: 'live', version: fn.currentVersion });
    server.addTool(alias, { name: 'live' });
    server.addTool(fn.currentVersion, { name: 'version' });
    const arns = Object.values(Template.fromStack(stack).findResources('Custom::McpTool')).map(
      ({ Properties }) => Properties.FunctionArn,
    );
    expect(arns).toEqual([{ Ref: logicalId(alias) }, { Ref: logicalId(fn.currentVersion) }]);
    expect(statementsOf(server.runtimeRole).at(-1)).toEqual({
      actions: ['lambda:InvokeFunction'],
      resources: [`{${logicalId(alias)}}`, `{${logicalId(fn.currentVersion)}}`],
    });
  });

  test('registers an imported function', () => {
    const { stack, server } = setUp();
    const arn = 'arn:aws:lambda:us-east-1:111122223333:function:old';
    server.addTool(lambda.Function.fromFunctionArn(stack, 'Old', arn), { name: 'old' });
    expect(one(stack, 'Custom::McpTool').Properties.FunctionArn).toBe(arn);
    expect(statementsOf(server.runtimeRole).at(-1)!.resources).toEqual([arn]);
  });
});

describe('a resource', () => {
  test('supports all options', () => {
    const { stack, server, fn } = setUp();
    const resource = server.addResource(fn, {
      ...COMMON,
      uri: 'docs://readme',
      mimeType: 'text/markdown',
      size: 12,
      annotations: { audience: [McpAudience.USER], priority: 0.5, lastModified: '2026-01-31T12:00:00Z' },
      cache: { ttl: Duration.hours(1), scope: McpCacheScope.PUBLIC },
    });
    expect(definitionOf(stack, 'Custom::McpResource')).toEqual({
      type: 'resource',
      ...COMMON_DEFINITION,
      uri: 'docs://readme',
      mimeType: 'text/markdown',
      size: 12,
      annotations: { audience: ['user'], priority: 0.5, lastModified: '2026-01-31T12:00:00Z' },
      cache: { ttlSeconds: 3600, scope: 'public' },
    });
    expect(resource).toMatchObject({
      resourceName: 'a.b_c-1',
      uri: 'docs://readme',
      registrationId: 'resource-a.b_c-1',
    });
  });

  test('has the cache scope private by default', () => {
    const { stack, server, fn } = setUp();
    server.addResource(fn, { name: 'x', uri: 'docs://x', cache: { ttl: Duration.seconds(5) } });
    expect(definitionOf(stack, 'Custom::McpResource').cache).toEqual({ ttlSeconds: 5, scope: 'private' });
  });
});

describe('a resource template', () => {
  test('supports all options, and permits the completion function', () => {
    const { stack, server, fn } = setUp();
    const completionHandler = testFunction(stack, 'Complete');
    const template = server.addResourceTemplate(fn, {
      ...COMMON,
      uriTemplate: 'docs://{lang}/{page}',
      mimeType: 'text/markdown',
      annotations: { priority: 1 },
      cache: { ttl: Duration.minutes(1) },
      listable: true,
      completions: { lang: ['de', 'en'] },
      completionHandler,
    });
    expect(definitionOf(stack, 'Custom::McpResourceTemplate')).toEqual({
      type: 'resource',
      ...COMMON_DEFINITION,
      uriTemplate: 'docs://{lang}/{page}',
      mimeType: 'text/markdown',
      annotations: { priority: 1 },
      cache: { ttlSeconds: 60, scope: 'private' },
      listable: true,
      completions: { lang: ['de', 'en'] },
    });
    expect(one(stack, 'Custom::McpResourceTemplate').Properties.CompletionFunctionArn).toEqual({
      'Fn::GetAtt': [logicalId(completionHandler), 'Arn'],
    });
    expect(statementsOf(server.runtimeRole).at(-1)!.resources).toEqual([
      `{${logicalId(fn)}.Arn}`,
      `{${logicalId(completionHandler)}.Arn}`,
    ]);
    expect(template).toMatchObject({
      templateName: 'a.b_c-1',
      uriTemplate: 'docs://{lang}/{page}',
      registrationId: 'resource-a.b_c-1',
    });
  });
});

describe('a prompt', () => {
  test('supports all options', () => {
    const { stack, server, fn } = setUp();
    const completionHandler = testFunction(stack, 'Complete');
    const args = [
      { name: 'code', title: 'Code', description: 'To review', required: true },
      { name: 'style', required: false },
    ];
    const prompt = server.addPrompt(fn, {
      ...COMMON,
      arguments: args,
      completions: { style: ['short', 'long'] },
      completionHandler,
    });
    expect(definitionOf(stack, 'Custom::McpPrompt')).toEqual({
      type: 'prompt',
      ...COMMON_DEFINITION,
      arguments: args,
      completions: { style: ['short', 'long'] },
    });
    expect(one(stack, 'Custom::McpPrompt').Properties.CompletionFunctionArn).toBeDefined();
    expect(prompt).toMatchObject({ promptName: 'a.b_c-1', registrationId: 'prompt-a.b_c-1' });
  });
});

test('constructs with any scope and id register the same', () => {
  const { stack, server, fn } = setUp();
  const props = { server, handler: fn };
  new McpTool(stack, 'T', { ...props, name: 'a' });
  new McpResource(stack, 'R', { ...props, name: 'a', uri: 'docs://a' });
  new McpResourceTemplate(stack, 'RT', { ...props, name: 'b', uriTemplate: 'docs://{b}' });
  new McpPrompt(stack, 'P', { ...props, name: 'a' });
  const template = Template.fromStack(stack);
  for (const type of ['Tool', 'Resource', 'ResourceTemplate', 'Prompt']) {
    template.resourceCountIs(`Custom::Mcp${type}`, 1);
    template.hasResourceProperties(`Custom::Mcp${type}`, { Permission: 'IDENTITY' });
  }
});

test('lists a function with several tools in the policy once', () => {
  const { server, fn } = setUp();
  for (const name of ['a', 'b', 'c']) server.addTool(fn, { name });
  expect(statementsOf(server.runtimeRole).at(-1)).toEqual({
    actions: ['lambda:InvokeFunction'],
    resources: [`{${logicalId(fn)}.Arn}`],
  });
});
