import { afterEach, expect, test, vi } from 'vitest';
import { McpLambdaServer, McpSchema } from '../../src';
import { one, testFunction, testStack } from './support';

afterEach(() => vi.unstubAllEnvs());

const reversed = (map: object) => Object.fromEntries(Object.entries(map).reverse());
const PROPERTIES = {
  to: { type: 'string', minLength: 1 },
  body: { type: 'string', anyOf: [{ pattern: 'b', maxLength: 2 }] },
};
const META = { 'example.com/z': { y: 1, x: 2 }, 'example.com/a': true };
const COMPLETIONS = { tone: ['brief', 'formal'], language: ['en', 'de'] };

/** The definitions of a tool, a prompt and a template, from maps that are ordered by `order`. */
function definitions(order: (map: object) => any): string[] {
  const stack = testStack();
  const server = new McpLambdaServer(stack, 'Mcp', { serverName: 'orders' });
  const fn = testFunction(stack);
  const schema = order({ type: 'object', properties: order(PROPERTIES) });
  server.addTool(fn, { name: 'write', inputSchema: McpSchema.fromObject(schema), meta: order(META) });
  const argumentNames = [{ name: 'tone' }, { name: 'language' }];
  server.addPrompt(fn, { name: 'write', arguments: argumentNames, completions: order(COMPLETIONS) });
  const uriTemplate = 'mail://{tone}/{language}';
  server.addResourceTemplate(fn, { name: 'mail', uriTemplate, completions: order(COMPLETIONS) });
  return ['McpTool', 'McpPrompt', 'McpResourceTemplate'].map(
    (type) => one(stack, `Custom::${type}`).Properties.Definition,
  );
}

test('keeps the original order of maps', () => {
  expect(definitions(reversed)).not.toEqual(definitions((map) => map));
  expect(definitions((map) => map)[0]).toContain('"properties":{"to":{"type":"string","minLength":1},"body"');
});

test('renders the same template for every order in Java, whose maps are not ordered', () => {
  vi.stubEnv('JSII_AGENT', 'Java/17.0.15');
  expect(definitions(reversed)).toEqual(definitions((map) => map));
  expect(definitions(reversed)[0]).toContain(
    '"properties":{"body":{"anyOf":[{"maxLength":2,"pattern":"b"}],"type":"string"},"to":{"minLength":1,"type":"string"}},"type":"object"',
  );
});

test('keeps the order of a schema from text in Java', () => {
  vi.stubEnv('JSII_AGENT', 'Java/17.0.15');
  const stack = testStack();
  const inputSchema = McpSchema.fromString('{ "type": "object", "properties": { "b": {}, "a": {} } }');
  new McpLambdaServer(stack, 'Mcp').addTool(testFunction(stack), { name: 'write', inputSchema });
  expect(one(stack, 'Custom::McpTool').Properties.Definition).toContain(
    '{"type":"object","properties":{"b":{},"a":{}}}',
  );
});
