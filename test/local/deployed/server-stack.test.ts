import { expect, test } from 'vitest';
import { ServerStack } from '../../../local/deployed/server-stack.js';
import { stackAccess } from './stack-access.js';

const A = 'https://a.execute-api.us-east-1.amazonaws.com/prod/mcp';
const B = 'https://b.execute-api.us-east-1.amazonaws.com/prod/mcp';
const CDN = 'https://mcp.example.com/mcp';
const ONE = { McpUrl0123ABCD: A };
const TWO = { OrdersMcpUrl0123ABCD: A, BillingMcpUrl0123ABCD: B };
const FUNCTIONS = ['McpHttpFunction0123ABCD', 'OrdersMcpHttpFunction0123ABCD', 'BillingMcpHttpFunction0123ABCD'];

async function find(outputs: Readonly<Record<string, string>>, url?: string, functions = FUNCTIONS) {
  const resources = Object.fromEntries(functions.map((id) => [id, 'AWS::Lambda::Function']));
  const stack = await ServerStack.find('Shop', stackAccess({ outputs, resources }), url ? new URL(url) : undefined);
  return `${stack.mcpUrl.href} ${stack.functionNames.get('HttpFunction')}`;
}

test.each([
  ['the server of a stack', ONE, undefined, `${A} Shop-McpHttpFunction0123ABCD`],
  ['the server of a stack at another address, such as that of a CDN', ONE, CDN, `${CDN} Shop-McpHttpFunction0123ABCD`],
  ['one of several servers', TWO, B, `${B} Shop-BillingMcpHttpFunction0123ABCD`],
])('finds %s', async (_, outputs, url, expected) => {
  expect(await find(outputs, url)).toEqual(expected);
});

test('finds a server whose output has another name', async () => {
  const found = await find({ ServerAddress: A }, undefined, ['McpHttpFunction0123ABCD']);
  expect(found).toBe(`${A} Shop-McpHttpFunction0123ABCD`);
});

test('does not take the functions of another server for those of a server whose functions were renamed', async () => {
  expect(await find(TWO, A, ['BillingMcpHttpFunction0123ABCD'])).toBe(`${A} undefined`);
});

test.each([
  ['a stack without a server', { Bucket: 'docs' }, undefined, 'has no MCP server'],
  ['several servers without a URL', TWO, undefined, 'has several servers: choose one with --url'],
  ['several servers and another URL', TWO, CDN, `has several servers, and none at ${CDN}: choose one with --url`],
  [
    'functions of several servers, of which none has the name of the output',
    { ServerAddress: A },
    undefined,
    `has several functions that may be the HttpFunction of ${A}: ${FUNCTIONS.join(', ')}`,
  ],
])('rejects %s', async (_, outputs, url, message) => {
  await expect(find(outputs as Record<string, string>, url)).rejects.toThrow(`stack Shop ${message}`);
});
