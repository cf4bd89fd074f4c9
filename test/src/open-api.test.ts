import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { PayloadFormatVersion } from 'aws-cdk-lib/aws-apigatewayv2';
import { Duration, Lazy, type Stack } from 'aws-cdk-lib/core';
import { describe, expect, test } from 'vitest';
import { McpLambdaServer, McpOpenApi, type McpOpenApiOptions, type McpTool } from '../../src';
import { logicalId, testFunction, testStack } from './support';

const ORDERS = 'test/src/open-api/orders.json';

function added(options: Partial<McpOpenApiOptions>, stack = testStack()) {
  const server = new McpLambdaServer(stack, 'Server');
  const spec = options.spec ?? McpOpenApi.fromFile(ORDERS);
  const tools = server.addOpenApi(testFunction(stack), { operations: ['listOrders'], ...options, spec });
  return { stack, server, tools };
}

function definitionsOf(stack: Stack): { [tool: string]: any } {
  const resources = Object.values(Template.fromStack(stack).findResources('Custom::McpTool'));
  const definitions = resources.map(({ Properties }) => JSON.parse(Properties.Definition));
  return Object.fromEntries(definitions.map((definition) => [definition.name, definition]));
}

function idOf(tool: McpTool): string {
  return logicalId(tool.node.findChild('Resource'));
}

describe('addOpenApi()', () => {
  test('registers the chosen operations, and returns their tools by operation', () => {
    const { stack, tools } = added({ operations: ['listOrders', 'orders.replace', 'delete_orders_id'] });
    expect(Object.entries(tools).map(([operation, tool]) => [operation, tool.toolName])).toEqual([
      ['listOrders', 'listOrders'],
      ['orders.replace', 'orders_replace'],
      ['delete_orders_id', 'delete_orders_id'],
    ]);
    expect(definitionsOf(stack).listOrders).toMatchObject({
      type: 'tool',
      name: 'listOrders',
      title: 'List orders',
      description: 'The orders of a customer, the newest first.',
      annotations: { readOnlyHint: true },
      inputSchema: { type: 'object', required: ['customer'] },
      outputSchema: { type: 'object', required: ['orders'] },
      event: { type: 'apiGateway', method: 'GET', path: '/orders' },
    });
  });

  test('names a tool after its operation: other operations do not change its logical id', () => {
    const alone = added({ operations: ['listOrders'] });
    const among = added({ operations: ['createOrder', 'listOrders'] });
    expect(idOf(among.tools.listOrders!)).toBe(idOf(alone.tools.listOrders!));
    expect(idOf(among.tools.createOrder!)).not.toBe(idOf(alone.tools.listOrders!));
  });

  test('has the options basePath, payloadFormatVersion, outputSchemas and timeout', () => {
    const { stack } = added({
      basePath: '/v1',
      payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
      outputSchemas: false,
      timeout: Duration.seconds(5),
    });
    const { listOrders } = definitionsOf(stack);
    expect(listOrders).toMatchObject({ timeoutSeconds: 5, event: { type: 'httpApi', path: '/v1/orders' } });
    expect(listOrders.outputSchema).toBeUndefined();
  });

  test('never uses the servers of the document', () => {
    const { stack } = added({ operations: ['listOrders', 'createOrder', 'orderExists'] });
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('169.254.169.254');
  });

  test('works on an imported server', () => {
    const stack = testStack();
    const imported = McpLambdaServer.fromMcpLambdaServerAttributes(stack, 'Imported', {
      serverName: 'orders',
      restApiId: 'abc123',
      registrationProviderArn: 'arn:aws:lambda:us-east-1:111122223333:function:provider',
      runtimeRoleArn: 'arn:aws:iam::111122223333:role/runtime',
    });
    const tools = imported.addOpenApi(testFunction(stack), {
      spec: McpOpenApi.fromFile(ORDERS),
      operations: ['createOrder'],
    });
    expect(tools.createOrder!.toolName).toBe('createOrder');
    expect(Object.keys(definitionsOf(stack))).toEqual(['createOrder']);
  });

  test('warns about what a tool lacks, with its JSON pointer', () => {
    const spec = McpOpenApi.fromString(`
      openapi: 3.1.0
      paths:
        /a: { get: { operationId: a, parameters: [{ name: q, in: query, schema: { type: file, optional: true } }] } }
    `);
    const { stack, tools } = added({ spec, operations: ['a'] });
    const messages = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('not carried over'));
    expect(messages.map(({ entry }) => entry.data)).toEqual([
      'not carried over from the operation a:\n' +
        '  #/paths/~1a/get/parameters/0/schema/type: must be "array" or "boolean" or "integer" or "null" or "number" or "object" or "string"; got "file": left out\n' +
        '  #/paths/~1a/get/parameters/0/schema/optional: is not a keyword of JSON Schema: left out [ack: cdk-mcp-lambda:openApi]',
    ]);
    expect(messages[0]!.id).toBe(`/${tools.a!.node.path}`);
  });
});

describe('addOpenApi() rejects', () => {
  test.each<[string, Partial<McpOpenApiOptions>, string]>([
    [
      'a choice of nothing, and lists the operations',
      { operations: [] },
      `Test/Server: addOpenApi(): no operations are chosen; choose from these:
  listOrders (GET /orders)
  createOrder (POST /orders)
  orders.replace (PUT /orders/{id})
  delete_orders_id (DELETE /orders/{id})
  orderExists (HEAD /orders/{id})
  uploadLabel (POST /orders/{id}/label)`,
    ],
    [
      'an unknown operation, and suggests others',
      { operations: ['listorder'] },
      `Test/Server: addOpenApi(): unknown operation "listorder"; the closest are:
  listOrders (GET /orders)
  createOrder (POST /orders)
  uploadLabel (POST /orders/{id}/label)
with operations: [], an error lists all 6`,
    ],
    [
      'operations that cannot become tools, and names all reasons',
      { operations: ['uploadLabel', 'listOrders'] },
      `Test/Server: addOpenApi(): operations that cannot become tools; leave them out, or define their tools with addTool():
  uploadLabel: orders.json#/paths/~1orders~1{id}~1label/post/requestBody/content: a tool cannot send "multipart/form-data": expected JSON, a URL-encoded form, text, or binary data`,
    ],
    [
      'a basePath that is not a path',
      { basePath: 'https://example.com' },
      "Test/Server: basePath: 'https://example.com' must be a path that begins with a slash and does not end with one, such as /v1",
    ],
    [
      'a basePath with a slash at its end',
      { basePath: '/v1/' },
      "Test/Server: basePath: '/v1/' must be a path that begins with a slash and does not end with one, such as /v1",
    ],
    [
      'an unknown payload format',
      { payloadFormatVersion: PayloadFormatVersion.custom('3.0') },
      "Test/Server: payloadFormatVersion: '3.0' is not supported; use VERSION_1_0 or VERSION_2_0",
    ],
  ])('%s', (_name, options, message) => {
    expect(() => added(options)).toThrow(new Error(message));
  });

  test('an operation whose tool is already on the server', () => {
    const { server, stack } = added({});
    const again = { spec: McpOpenApi.fromFile(ORDERS), operations: ['listOrders'] };
    expect(() => server.addOpenApi(testFunction(stack, 'Other'), again)).toThrow(
      /'listOrders' is already on this server/,
    );
  });
});

describe('McpOpenApi', () => {
  test('reads JSON and YAML text', () => {
    for (const text of [
      '{"openapi":"3.0.0","paths":{"/a":{"get":{}}}}',
      'openapi: 3.0.0\npaths: { /a: { get: {} } }',
    ]) {
      expect(Object.keys(added({ spec: McpOpenApi.fromString(text), operations: ['get_a'] }).tools)).toEqual(['get_a']);
    }
  });

  test('rejects a missing file', () => {
    expect(() => McpOpenApi.fromFile('no/such.yaml')).toThrow(
      /^cannot read the OpenAPI file 'no\/such\.yaml' \(\/.*ENOENT/,
    );
  });

  test('rejects text that is neither JSON nor YAML, with the line', () => {
    expect(() => McpOpenApi.fromString('a: 1\na: 2')).toThrow(
      /^McpOpenApi\.fromString\(\) is neither JSON nor YAML: Map keys must be unique at line 2, column 1/,
    );
  });

  test('rejects text with a token', () => {
    expect(() => McpOpenApi.fromString(Lazy.string({ produce: () => '' }))).toThrow(
      'McpOpenApi.fromString() has a token; an OpenAPI document must be known at synth',
    );
  });

  test.each([
    ['[]', '#: must be an OpenAPI document, which is an object; got []'],
    ['swagger: "2.0"', '#/swagger: Swagger "2.0" is not supported: convert the document to OpenAPI 3.0 or 3.1'],
    ['openapi: 3.2.0', '#/openapi: must be a version 3.0 or 3.1, such as "3.1.0"; got "3.2.0"'],
    ['info: {}', '#/openapi: must be a version 3.0 or 3.1, such as "3.1.0"; got undefined'],
    ['openapi: 3.1.0', 'the document has no operations under "paths"'],
    [
      '{ openapi: 3.1.0, paths: { /a: { get: { operationId: x } }, /b: { get: { operationId: x } } } }',
      'two operations are named "x", #/paths/~1a/get and #/paths/~1b/get: give each its own operationId',
    ],
    [
      '{ openapi: 3.1.0, paths: { /a: { get: { operationId: x } }, /b: { get: { operationId: .x } } } }',
      '"x" and ".x" both give a tool named "x": change one operationId',
    ],
  ])('rejects the document %s', (text, message) => {
    const operations = ['x', ...(text.includes('.x') ? ['.x'] : [])];
    expect(() => added({ spec: McpOpenApi.fromString(text), operations })).toThrow(
      new Error(`Test/Server: addOpenApi(): ${message}`),
    );
  });
});
