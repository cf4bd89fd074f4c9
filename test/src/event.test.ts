import { Aws, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import {
  McpClientFeature,
  McpEvent,
  McpEventBody,
  type McpHttpEventOptions,
  McpLambdaServer,
  type McpToolOptions,
} from '../../src';
import { validateRegistration } from '../../src/private/validation';
import { testFunction } from './support';

function definition(event: McpEvent, more: Partial<McpToolOptions> = {}) {
  const stack = new Stack();
  new McpLambdaServer(stack, 'Mcp').addTool(testFunction(stack), { name: 'x', event, ...more });
  const [resource] = Object.values(Template.fromStack(stack).findResources('Custom::McpTool'));
  return resource.Properties.Definition;
}
const mappingOf = (event: McpEvent) => JSON.parse(definition(event)).event;
const get = (more: Partial<McpHttpEventOptions>) => McpEvent.apiGateway({ method: 'GET', path: '/', ...more });

describe('McpEvent', () => {
  test.each([
    [McpEvent.arguments(), undefined],
    [McpEvent.request(), { type: 'request' }],
    [
      McpEvent.apiGateway({ method: 'GET', path: '/o/{id}', query: ['q'], headers: ['X-A'] }),
      { type: 'apiGateway', method: 'GET', path: '/o/{id}', query: ['q'], headers: ['X-A'] },
    ],
    [
      McpEvent.httpApi({ method: 'POST', path: '/', body: McpEventBody.argument('order') }),
      { type: 'httpApi', method: 'POST', path: '/', body: { type: 'argument', name: 'order' } },
    ],
    [get({ body: McpEventBody.rest() }), { type: 'apiGateway', method: 'GET', path: '/', body: { type: 'rest' } }],
    [get({ body: McpEventBody.none() }), { type: 'apiGateway', method: 'GET', path: '/', body: { type: 'none' } }],
    [
      McpEvent.appSync({ typeName: 'Query', fieldName: 'order' }),
      { type: 'appSync', typeName: 'Query', fieldName: 'order' },
    ],
    [
      McpEvent.bedrockAgent({ actionGroup: 'orders', function: 'get' }),
      { type: 'bedrockAgent', actionGroup: 'orders', function: 'get' },
    ],
    [McpEvent.sqs(), { type: 'sqs' }],
    [
      McpEvent.template({ detail: { id: '{{arguments.id}}' } }),
      { type: 'template', template: { detail: { id: '{{arguments.id}}' } } },
    ],
  ])('%j is stored as %j', (event, mapping) => {
    expect(mappingOf(event)).toEqual(mapping);
  });

  test('is part of resources, templates and prompts', () => {
    const stack = new Stack();
    const server = new McpLambdaServer(stack, 'Mcp');
    const fn = testFunction(stack);
    const event = McpEvent.sqs();
    server.addResource(fn, { name: 'r', uri: 'a://r', event });
    server.addResourceTemplate(fn, { name: 't', uriTemplate: 'a://{t}', event });
    server.addPrompt(fn, { name: 'p', event });
    const template = Template.fromStack(stack);
    const resources = ['Custom::McpResource', 'Custom::McpResourceTemplate', 'Custom::McpPrompt'].flatMap((type) =>
      Object.values(template.findResources(type)),
    );
    expect(resources.map(({ Properties }) => JSON.parse(Properties.Definition).event)).toEqual(
      resources.map(() => ({ type: 'sqs' })),
    );
    expect(resources.length).toBeGreaterThanOrEqual(3);
  });

  test('of a template may contain tokens', () => {
    expect(JSON.stringify(definition(McpEvent.template({ region: Aws.REGION })))).toContain('AWS::Region');
  });

  test('of any other type must not contain tokens', () => {
    expect(() => definition(get({ path: `/${Aws.REGION}` }))).toThrow(
      '/event: must not contain a token: it must be known at synth',
    );
  });

  test('is validated by the rules of the Registration API', () => {
    expect(() => definition(get({ method: 'get' }))).toThrow(
      /Default\/Mcp\/tool-x: this tool cannot be registered:\n {2}\/event\/method: must be "GET" or /,
    );
    expect(() => definition(get({ headers: ['Host'] }))).toThrow('/event/headers/0: must not be "Host"');
  });
});

test('features that need the request event have the messages of the Registration API', () => {
  const stack = new Stack();
  const server = new McpLambdaServer(stack, 'Mcp');
  const lambdaArn = 'arn:aws:lambda:us-east-1:111122223333:function:f';
  const fn = lambda.Function.fromFunctionArn(stack, 'Imported', lambdaArn);
  const prompt = {
    type: 'prompt',
    name: 'p',
    arguments: [{ name: 'a' }],
    asksClient: ['elicitation'],
    event: { type: 'sqs' },
  };
  const { errors = [] } = validateRegistration({ ...prompt, lambdaArn, completionHandler: lambdaArn });
  expect(errors.map(({ path }) => path).sort()).toEqual(['/asksClient', '/completionHandler']);
  const { type: _, event: __, ...options } = prompt;
  const declare = () =>
    server.addPrompt(fn, {
      ...options,
      asksClient: [McpClientFeature.ELICITATION],
      completionHandler: fn,
      event: McpEvent.sqs(),
    });
  const lines = errors.map(({ path, message }) => `\n  ${path}: ${message}`);
  expect(declare).toThrow(new Error(`Default/Mcp/prompt-p: this prompt cannot be registered:${lines.join('')}`));
});

test('a function that completes its own arguments needs the request event', () => {
  const stack = new Stack();
  const server = new McpLambdaServer(stack, 'Mcp');
  const fn = testFunction(stack);
  const prompt = { name: 'p', arguments: [{ name: 'a' }] };
  expect(() => server.addPrompt(fn, { ...prompt, completionHandler: fn })).toThrow(
    /\/completionHandler: needs "event"/,
  );
  server.addPrompt(fn, { ...prompt, name: 'q', completionHandler: fn, event: McpEvent.request() });
  server.addPrompt(fn, { ...prompt, name: 'r', completionHandler: testFunction(stack, 'Other') });
});
