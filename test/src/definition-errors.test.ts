import { Duration, Lazy, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import {
  McpClientFeature,
  McpLambdaServer,
  McpPrompt,
  type McpPromptOptions,
  McpResource,
  type McpResourceOptions,
  type McpResourceTemplateOptions,
  McpSchema,
  McpTool,
  type McpToolOptions,
} from '../../src';
import { testFunction, testStack } from './support';

function setUp() {
  const stack = testStack();
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' });
  return { stack, server, fn: testFunction(stack) };
}

/** The error message for a tool with these options. */
function errorOf(options: Partial<McpToolOptions>): string {
  const { stack, server, fn } = setUp();
  try {
    new McpTool(stack, 'T', { server, handler: fn, name: 'x', ...options });
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('no error');
}

const withSchema = (schema: { [key: string]: any }) => errorOf({ inputSchema: McpSchema.fromObject(schema) });

test('an error contains the construct path, the JSON pointer and the rule', () => {
  expect(errorOf({ name: 'my tool' })).toBe(
    'Test/T: this tool cannot be registered:\n' +
      '  /name: must be 1 to 128 of the characters A-Z a-z 0-9 _ . -; got "my tool"',
  );
});

test('all errors are reported at once', () => {
  const message = errorOf({ name: '', description: '', timeout: Duration.minutes(20) });
  expect(message).toMatch(/\/name: .*\n.*\/description: .*\n.*\/timeoutSeconds: /);
});

describe('names', () => {
  test.each(['', 'a b', 'ä', 'a/b', 'x'.repeat(129)])('%j is invalid', (name) => {
    expect(errorOf({ name })).toMatch(/\n {2}\/name: must be 1 to 128/);
  });

  test('can have 128 characters', () => {
    const { server, fn } = setUp();
    expect(() => server.addTool(fn, { name: 'x'.repeat(128) })).not.toThrow();
  });

  test('cannot contain a token', () => {
    expect(errorOf({ name: Lazy.string({ produce: () => 'x' }) })).toMatch(/\n {2}\/name: must not contain a token/);
    const { stack, server, fn } = setUp();
    expect(() => server.addTool(fn, { name: `t-${stack.region}` })).toThrow(
      /^Test\/Mcp: the name of a tool must not contain a token/,
    );
  });

  test('are unique per type, wherever they are defined', () => {
    const { stack, server, fn } = setUp();
    server.addTool(fn, { name: 'echo' });
    const again = "a tool named 'echo' is already on this server, defined at Test/Mcp/tool-echo; choose another one";
    expect(() => server.addTool(fn, { name: 'echo' })).toThrow(`Test/Mcp: ${again}`);
    expect(() => new McpTool(stack, 'Again', { server, handler: fn, name: 'echo' })).toThrow(`Test/Again: ${again}`);
    expect(() => server.addPrompt(fn, { name: 'echo' })).not.toThrow();
    const other = new McpLambdaServer(stack, 'Other');
    expect(() => other.addTool(fn, { name: 'echo' })).not.toThrow();
  });

  test('are shared by resources and templates, which have the same type of id', () => {
    const { server, fn } = setUp();
    server.addResource(fn, { name: 'page', uri: 'docs://page' });
    expect(() => server.addResourceTemplate(fn, { name: 'page', uriTemplate: 'docs://{page}' })).toThrow(
      "a resource named 'page' is already on this server, defined at Test/Mcp/resource-page",
    );
  });
});

describe('schemas', () => {
  test.each([
    ['a type other than object', { type: 'string' }, /\/inputSchema\/type: must be "object"/],
    ['no type', {}, /\/inputSchema\/type: must be "object"/],
    [
      'an unknown type',
      { type: 'object', properties: { a: { type: 'text' } } },
      /\/inputSchema\/properties\/a\/type: /,
    ],
    [
      'a remote $ref',
      { type: 'object', properties: { a: { $ref: 'https://example.com/s.json' } } },
      /\/inputSchema\/properties\/a\/\$ref: /,
    ],
    ['a $ref without a target', { type: 'object', properties: { a: { $ref: '#/$defs/a' } } }, /properties\/a\/\$ref: /],
    [
      'a text that is too long',
      { type: 'object', description: 'x'.repeat(140_000) },
      /has \d+ bytes of JSON, at most \d+ are allowed/,
    ],
    [
      'an invalid x-mcp-header',
      { type: 'object', properties: { a: { type: 'string', 'x-mcp-header': 'not a token' } } },
      /\/inputSchema\/properties\/a\/x-mcp-header: /,
    ],
    [
      'a duplicate x-mcp-header',
      {
        type: 'object',
        properties: { a: { type: 'string', 'x-mcp-header': 'A' }, b: { type: 'string', 'x-mcp-header': 'a' } },
      },
      /\/inputSchema\/properties\/b\/x-mcp-header: /,
    ],
  ])('are rejected with %s', (_, schema, expected) => {
    const message = withSchema(schema);
    expect(message).toMatch(expected);
    expect(message).toMatch(/^Test\/T: /);
  });

  test('of results are validated too', () => {
    const outputSchema = McpSchema.fromObject({ $ref: 'https://example.com/s.json' });
    expect(errorOf({ outputSchema })).toMatch(/\/outputSchema\/\$ref: /);
  });
});

describe('values that are not JSON', () => {
  const { stack } = setUp();

  test.each<[string, unknown, RegExp]>([
    ['a list of tokens', Lazy.list({ produce: () => ['a'] }), /\/inputSchema\/enum\/0|\/inputSchema\/enum/],
    ['a number token', Token.asNumber({ Ref: 'N' }), /\/inputSchema\/enum: is a number known only at deployment/],
    ['an intrinsic', Lazy.any({ produce: () => ({}) }), /\/inputSchema\/enum: is known only at deployment/],
    ['a construct', stack, /\/inputSchema\/enum: is known only at deployment/],
    ['a date', new Date(), /\/inputSchema\/enum: an instance of Date is not JSON/],
    ['a function', () => 1, /\/inputSchema\/enum: a function is not JSON/],
    ['infinity', [Number.POSITIVE_INFINITY], /\/inputSchema\/enum\/0: Infinity is not a JSON number/],
    ['a key with a token', { [stack.region]: 1 }, /\/inputSchema\/enum\/.*: a key must not contain a token/],
  ])('rejects %s', (_, value, message) => {
    expect(withSchema({ type: 'object', enum: value })).toMatch(message);
  });

  test('rejects a circular reference', () => {
    const loop: { [key: string]: any } = { type: 'object' };
    loop.properties = loop;
    expect(withSchema(loop)).toMatch(/is nested too deep/);
  });

  test('escapes JSON pointers', () => {
    expect(withSchema({ type: 'object', 'a/b~c': Number.NaN })).toMatch('/inputSchema/a~1b~0c: NaN');
  });
});

describe('tools', () => {
  test('with input requests need the request event', () => {
    expect(errorOf({ asksClient: [McpClientFeature.SAMPLING] })).toMatch(
      /\/asksClient: needs "event": \{ "type": "request" \}/,
    );
  });

  test('have a timeout of at most 14 minutes', () => {
    expect(errorOf({ timeout: Duration.minutes(15) })).toMatch(/\/timeoutSeconds: .*from 1 to 840; got 900/);
  });
});

describe('resources', () => {
  function create(options: Partial<McpResourceOptions>) {
    const { stack, server, fn } = setUp();
    return () => new McpResource(stack, 'R', { server, handler: fn, name: 'x', uri: 'docs://x', ...options });
  }

  test('have an absolute URI without tokens', () => {
    expect(create({ uri: 'readme' })).toThrow(
      /^Test\/R: this resource cannot be registered:\n {2}\/uri: "readme" has no/,
    );
    expect(create({ uri: 'docs://{page}' })).toThrow(/use uriTemplate for a template/);
    expect(create({ uri: Lazy.string({ produce: () => 'docs://x' }) })).toThrow(/\/uri: must not contain a token/);
  });

  test('have unique URIs', () => {
    const { server, fn } = setUp();
    server.addResource(fn, { name: 'a', uri: 'docs://x' });
    expect(() => server.addResource(fn, { name: 'b', uri: 'docs://x' })).toThrow(
      "Test/Mcp/resource-b: a resource with the uri 'docs://x' is already on this server, defined at Test/Mcp/resource-a",
    );
  });

  test('have a valid MIME type and priority', () => {
    expect(create({ mimeType: 'markdown', annotations: { priority: 2 } })).toThrow(/\/annotations\/priority: .*1/);
    expect(create({ mimeType: 'markdown' })).toThrow(/\/mimeType: must be a MIME type/);
  });
});

describe('resource templates', () => {
  function create(options: Partial<McpResourceTemplateOptions>) {
    const { server, fn } = setUp();
    return () => server.addResourceTemplate(fn, { name: 'x', uriTemplate: 'docs://{page}', ...options });
  }

  test('have unambiguous variables', () => {
    expect(create({ uriTemplate: 'docs://{a}{b}' })).toThrow(/Test\/Mcp\/resource-x: .*\n {2}\/uriTemplate: /);
    expect(create({ uriTemplate: 'docs://readme' })).toThrow(/has no variable: use uri instead/);
  });

  test('only complete their own variables', () => {
    expect(create({ completions: { pag: ['a'] } })).toThrow(/\/completions\/pag: cannot complete "pag"/);
  });
});

describe('prompts', () => {
  function create(options: Partial<McpPromptOptions>) {
    const { stack, server, fn } = setUp();
    return () => new McpPrompt(stack, 'P', { server, handler: fn, name: 'x', ...options });
  }

  test('have arguments with unique names', () => {
    expect(create({ arguments: [{ name: 'a' }, { name: 'a' }] })).toThrow(
      /^Test\/P: .*\n {2}\/arguments\/1\/name: "a" is/,
    );
  });

  test('only complete their own arguments', () => {
    expect(create({ completions: { a: ['x'] } })).toThrow(/\/completions\/a: /);
  });
});

describe('functions', () => {
  test('of the server itself cannot be tools', () => {
    const { server } = setUp();
    const own = server.node.findAll().filter((each): each is lambda.Function => each instanceof lambda.Function);
    expect(own).toHaveLength(6);
    for (const fn of own) {
      expect(() => server.addTool(fn, { name: fn.node.id })).toThrow(
        `function '${fn.node.path}' is part of the server itself and cannot be registered`,
      );
    }
  });

  test('of another region cannot be tools', () => {
    const stack = testStack('Test', { env: { account: '111122223333', region: 'us-east-1' } });
    const server = new McpLambdaServer(stack, 'Mcp');
    const arn = 'arn:aws:lambda:eu-west-1:111122223333:function:far';
    const far = lambda.Function.fromFunctionArn(stack, 'Far', arn);
    expect(() => server.addTool(far, { name: 'far' })).toThrow(
      "Test/Mcp/tool-far: function 'Test/Far' is in eu-west-1, the server in us-east-1; a server invokes functions of its own region",
    );
  });
});
