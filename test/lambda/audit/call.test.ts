import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport, ProtocolError } from '@modelcontextprotocol/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMcpServer } from '../../../lambda/mcp/server.js';
import type { RequestScope } from '../../../lambda/protocol/request-scope.js';
import { buildCatalog } from '../../../lambda/registry/catalog.js';
import { inTrace } from '../../../lambda/shared/request-trace.js';
import type { AuditRecord } from '../../../src/private/audit.js';
import { ENV } from '../../../src/private/contract.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { prompt, resource, tool } from '../mcp/registrations.js';
import { collectRecords } from './records.js';

const of = (fn: string, more: object = {}) => tool(fn, { lambdaArn: functionArn(fn), ...more });
const { catalog } = buildCatalog(1, [
  of('reflect'),
  of('fail'),
  of('slow'),
  tool('strict', { lambdaArn: functionArn('reflect'), inputSchema: { type: 'object', required: ['id'] } }),
  tool('short', { lambdaArn: functionArn('slow'), timeoutSeconds: 1 }),
  tool('missing', { lambdaArn: functionArn('nowhere') }),
  resource('page', { uriTemplate: 'docs://{page}', lambdaArn: functionArn('document') }),
  prompt('greet', { lambdaArn: functionArn('greeting'), arguments: [{ name: 'name', required: true }] }),
]);

let functions: { stop(): Promise<void> };
let records: AuditRecord[];
const closing: Array<() => Promise<void>> = [];

beforeAll(async () => {
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  process.env[ENV.SERVER_INFO] = JSON.stringify({ name: 'orders', version: '1' });
  functions = await startFunctions(['reflect', 'fail', 'slow', 'document', 'greeting']);
});
afterAll(() => functions.stop());
beforeEach(() => {
  records = collectRecords();
});
afterEach(async () => {
  vi.restoreAllMocks();
  delete process.env[ENV.AUDIT_PAYLOADS];
  for (const close of closing.splice(0)) await close();
});

/** A caller with claims and grants, which records leave out. */
const caller = {
  id: 'ann',
  claims: { email: 'ann@example.com' },
  scopes: ['orders.read'],
} as RequestScope['principal'];
const scope: RequestScope = { transport: 'sse', sessionId: 's-1', principal: caller, listChanged: true };

async function connect(more: Partial<RequestScope> = {}) {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const server = createMcpServer({ catalog: async () => catalog, scope: { ...scope, ...more } });
  await server.connect(serverSide);
  const client = new Client({ name: 'tests', version: '2' });
  await client.connect(clientSide as never);
  closing.push(() => client.close());
  return client;
}

describe('one record of each call', () => {
  test('has the caller, the client, the outcome, sizes and ids, and neither arguments nor results', async () => {
    const client = await connect();
    const args = { id: 'secret-argument' };
    const result = await inTrace({ requestId: 'r-1' }, () => client.callTool({ name: 'reflect', arguments: args }));
    expect(records).toEqual([
      {
        audit: 1,
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        level: 'INFO',
        service: 'mcp',
        server: 'orders',
        kind: 'tool',
        name: 'reflect',
        registration: 'tool-reflect',
        caller: 'ann',
        client: 'tests/2',
        transport: 'sse',
        session: 's-1',
        outcome: 'ok',
        durationMs: expect.any(Number),
        requestBytes: JSON.stringify(args).length,
        responseBytes: JSON.stringify(result).length,
        requestId: 'r-1',
        mcpRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ]);
    expect(JSON.stringify(records)).not.toMatch(/secret-argument|example\.com|orders\.read/);
  });

  test.each([
    ['fail', {}, { outcome: 'error', reason: 'thrown' }],
    ['short', { milliseconds: 3_000 }, { outcome: 'error', reason: 'timeout' }],
    ['missing', {}, { outcome: 'error', reason: 'not_invoked' }],
    ['strict', {}, { outcome: 'error', reason: 'arguments' }],
    ['nothing', {}, { outcome: 'error', reason: 'unknown', name: 'nothing' }],
  ])('of the tool %s', async (name, args, expected) => {
    const client = await connect();
    await client.callTool({ name, arguments: args }).catch(() => undefined);
    expect(records).toEqual([expect.objectContaining({ kind: 'tool', name, ...expected })]);
  });

  test('that the client cancels', async () => {
    const client = await connect();
    const abort = new AbortController();
    const call = client.callTool({ name: 'slow', arguments: { milliseconds: 5_000 } }, undefined, {
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(), 100);
    await expect(call).rejects.toThrow();
    await vi.waitFor(() => expect(records).toMatchObject([{ name: 'slow', outcome: 'cancelled' }]));
  });

  test('that a limit refuses', async () => {
    const countCall = async () => {
      throw new ProtocolError(-32603, 'too many calls', { limit: 'limits.caller', value: 1, retryAfter: 1 });
    };
    const client = await connect({ countCall });
    await expect(client.callTool({ name: 'reflect' })).rejects.toThrow('too many calls');
    expect(records).toMatchObject([{ registration: 'tool-reflect', outcome: 'refused', reason: 'limit' }]);
  });

  test('of a resource by its registration, because a URI contains arguments', async () => {
    const client = await connect();
    await client.readResource({ uri: 'docs://customer-7' });
    await client.readResource({ uri: 'other://customer-8' }).catch(() => undefined);
    expect(records).toMatchObject([
      { kind: 'resource', name: 'page', registration: 'resource-page', outcome: 'ok' },
      { kind: 'resource', outcome: 'error', reason: 'unknown' },
    ]);
    expect(JSON.stringify(records)).not.toContain('customer');
  });

  test('of a prompt', async () => {
    const client = await connect();
    await client.getPrompt({ name: 'greet', arguments: { name: 'Ann' } });
    await client.getPrompt({ name: 'greet' }).catch(() => undefined);
    expect(records).toMatchObject([
      { kind: 'prompt', name: 'greet', outcome: 'ok' },
      { kind: 'prompt', name: 'greet', outcome: 'error', reason: 'arguments' },
    ]);
  });

  test('and none of lists', async () => {
    await (await connect()).listTools();
    expect(records).toEqual([]);
  });
});

test('records contain arguments and results only if the server has auditPayloads, and at most 16,384 characters', async () => {
  process.env[ENV.AUDIT_PAYLOADS] = 'on';
  const client = await connect();
  await client.callTool({ name: 'reflect', arguments: { id: 'x' } });
  await client.callTool({ name: 'reflect', arguments: { id: 'x'.repeat(20_000) } });
  expect(JSON.parse(records[0]!.arguments!)).toEqual({ id: 'x' });
  expect(JSON.parse(records[0]!.result!)).toHaveProperty('content');
  expect(records[1]).toMatchObject({ requestBytes: 20_009, arguments: expect.stringMatching(/^.{16384}$/) });
});

test('names that a client chooses are cut off', async () => {
  const client = await connect();
  await client.callTool({ name: 'n'.repeat(1_000) }).catch(() => undefined);
  expect(records).toMatchObject([{ name: 'n'.repeat(128) }]);
});
