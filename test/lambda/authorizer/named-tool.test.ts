import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import { tool } from '../mcp/registrations.js';
import { startTestServer, type TestServer } from '../sse/sessions.js';
import { Issuer } from './issuer';

const MCP_URL = 'https://example.com/mcp';
const METADATA_URL = 'https://example.com/.well-known/oauth-protected-resource/mcp';

let issuer: Issuer;
let server: TestServer;
let authorize: (
  headers: Record<string, string>,
  claims?: object,
  toolset?: string,
) => Promise<APIGatewayAuthorizerResult>;
beforeAll(async () => {
  issuer = await Issuer.start();
  server = await startTestServer();
  await server.tables.register(
    tool('read'),
    tool('write', { access: { scopes: ['write'] }, toolsets: ['billing'] }),
    tool('Überweisung', { access: { scopes: ['write'] } }),
    tool('ops', { access: { groups: ['ops'] } }),
    tool('both', { access: { allOf: [{ scopes: ['write'] }, { groups: ['ops'] }] } }),
  );
  process.env[ENV.OAUTH] = JSON.stringify({
    issuers: [issuer.url],
    audiences: [MCP_URL],
    scopes: ['use'],
    scopePrefix: `${MCP_URL}/`,
    metadataUrl: METADATA_URL,
  });
  const { handler } = await import('../../../lambda/authorizer/index');
  authorize = (headers, claims = {}, toolset) => {
    const all = { Authorization: `Bearer ${issuer.token({ scope: 'use extra', ...claims })}`, ...headers };
    return handler({
      type: 'REQUEST',
      methodArn: 'arn:aws:execute-api:us-east-1:111122223333:abcdef/prod/POST/mcp',
      headers: all,
      pathParameters: toolset === undefined ? null : { toolset },
      multiValueHeaders: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value.split('|')])),
    } as unknown as APIGatewayRequestAuthorizerEvent);
  };
});
afterAll(async () => {
  await server.stop();
  await issuer[Symbol.asyncDispose]();
});

const effectOf = ({ policyDocument }: APIGatewayAuthorizerResult) =>
  (policyDocument.Statement[0] as { Effect: string }).Effect;
const call = (name: string) => ({ 'Mcp-Method': 'tools/call', 'Mcp-Name': name });
const base64 = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`;

test('challenges a caller who lacks only a scope for the named tool', async () => {
  const result = await authorize(call('write'));
  expect(effectOf(result)).toBe('Deny');
  expect(result.context!.challenge).toBe(
    `Bearer error="insufficient_scope", error_description="missing scope: ${MCP_URL}/write", ` +
      `scope="${MCP_URL}/use ${MCP_URL}/write use extra", resource_metadata="${METADATA_URL}"`,
  );
});

describe('challenges', () => {
  test.each<[string, Record<string, string>, object]>([
    ['a name in base64', call(base64('Überweisung')), {}],
    ['names of headers in lower case', { 'mcp-method': 'tools/call', 'mcp-name': 'write' }, {}],
    ['a caller of the group without the scope', call('both'), { groups: ['ops'] }],
  ])('%s', async (_, headers, claims) => expect(effectOf(await authorize(headers, claims))).toBe('Deny'));
});

test('challenges at the path of a toolset that has the tool', async () => {
  expect(effectOf(await authorize(call('write'), {}, 'billing'))).toBe('Deny');
  expect(effectOf(await authorize(call('write'), {}, 'support'))).toBe('Allow'); // which the function answers: unknown tool
});

describe('leaves to the function', () => {
  test.each<[string, Record<string, string>, object]>([
    ['a caller with the scope', call('write'), { scope: 'use write' }],
    ['a tool without a rule', call('read'), {}],
    ['an unknown tool', call('missing'), {}],
    ['a tool that lacks a group', call('ops'), {}],
    ['a tool that lacks a group and a scope', call('both'), {}],
    ['a request without Mcp-Name', { 'Mcp-Method': 'tools/call' }, {}],
    ['another method', { 'Mcp-Method': 'prompts/get', 'Mcp-Name': 'write' }, {}],
    ['malformed base64', call('=?base64?%%?='), {}],
    ['two names', call('write|read'), {}],
  ])('%s', async (_, headers, claims) => expect(effectOf(await authorize(headers, claims))).toBe('Allow'));
});

test('reads no table without Mcp-Name, and allows the request if the table fails or hangs', async () => {
  vi.resetModules();
  const send = vi.spyOn((await import('../../../lambda/shared/clients.js')).dynamoDb(), 'send');
  const { handler } = await import('../../../lambda/authorizer/index');
  const event = (headers: object) =>
    ({
      type: 'REQUEST',
      methodArn: 'arn',
      headers: { Authorization: `Bearer ${issuer.token({ scope: 'use' })}`, ...headers },
    }) as unknown as APIGatewayRequestAuthorizerEvent;
  await handler(event({}));
  expect(send).not.toHaveBeenCalled();
  send.mockRejectedValue(new Error('denied') as never);
  expect(effectOf(await handler(event(call('write'))))).toBe('Allow');
  expect(send).toHaveBeenCalled();
  send.mockReturnValue(new Promise(() => {}) as never);
  expect(effectOf(await handler(event(call('write'))))).toBe('Allow');
});
