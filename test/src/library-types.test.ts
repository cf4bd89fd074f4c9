import { describe, expect, test } from 'vitest';
import { McpLambdaServer } from '../../src';
import { testFunction, testStack } from './support';

/** Values as JavaScript, or TypeScript with `any`, can pass them. */
const untyped = (value: unknown) => value as any;

describe('a value of another type than the property', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      'a plain object as inputSchema',
      { inputSchema: { type: 'object' } },
      'Test/Mcp/tool-greet: inputSchema is a plain object, but must be an McpSchema: use McpSchema.fromObject()',
    ],
    [
      'a text as outputSchema',
      { outputSchema: '{}' },
      'Test/Mcp/tool-greet: outputSchema is "{}", but must be an McpSchema: use McpSchema.fromString() or McpSchema.fromFile()',
    ],
    [
      'a plain object as event',
      { event: { type: 'request' } },
      'event is a plain object, but must be an McpEvent: use a function of McpEvent, such as McpEvent.apiGateway()',
    ],
    [
      'a plain object as access',
      { access: { groups: ['sales'] } },
      'access is a plain object, but must be an McpAccess: use a function of McpAccess, such as McpAccess.groups()',
    ],
  ])('names the property and the function to use: %s', (_, options, message) => {
    const stack = testStack();
    const server = new McpLambdaServer(stack, 'Mcp');
    expect(() => server.addTool(testFunction(stack), untyped({ name: 'greet', ...options }))).toThrow(message);
  });

  test.each<[Record<string, unknown>, string]>([
    [
      { auth: 'iam' },
      'Test/Mcp: auth is "iam", but must be an McpAuth: use a function of McpAuth, such as McpAuth.iam()',
    ],
    [{ auth: { issuers: [] } }, 'auth is a plain object, but must be an McpAuth'],
    [{ registrationAuth: 'iam' }, 'registrationAuth is "iam", but must be an McpAuth'],
    [{ endpoint: {} }, 'endpoint is a plain object, but must be an McpEndpoint'],
    [{ defaultAccess: {} }, 'defaultAccess is a plain object, but must be an McpAccess'],
  ])('names the property of the server: %j', (props, message) => {
    expect(() => new McpLambdaServer(testStack(), 'Mcp', untyped(props))).toThrow(message);
  });
});
