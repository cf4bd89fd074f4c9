import { expect, test } from 'vitest';
import { clientContextOf, eventOf, type FunctionCall, MAX_CLIENT_CONTEXT } from '../../../lambda/functions/event.js';
import type { RequestContext } from '../../../lambda/protocol/request-scope.js';
import { tool } from '../mcp/registrations.js';

const facts: RequestContext = {
  requestId: '7',
  protocolVersion: '2025-11-25',
  transport: 'sse',
  sessionId: 's-1',
  principal: { id: 'ann', claims: { tenant: 'acme' } },
  client: { name: 'inspector', version: '2' },
  clientCapabilities: { elicitation: {} },
  meta: { traceparent: '00-1-2-01', tracestate: 'a=b', progressToken: 3 },
};
const call = (more: object = {}, overrides: Partial<FunctionCall> = {}): FunctionCall => ({
  registration: tool('lookup', more),
  functionArn: 'arn',
  method: 'tools/call',
  target: 'lookup',
  arguments: { id: 1 },
  params: { name: 'lookup', arguments: { id: 1 } },
  ...overrides,
});
const custom = (encoded: string) => JSON.parse(Buffer.from(encoded, 'base64').toString()).custom;

test('a function that knows nothing of MCP gets the arguments', () => {
  expect(eventOf(call(), facts, 'i-1', 0)).toEqual({ id: 1 });
});

test('a REQUEST function gets the request', () => {
  expect(JSON.parse(JSON.stringify(eventOf(call({ payload: 'REQUEST' }), facts, 'i-1', 99)))).toEqual({
    method: 'tools/call',
    params: { name: 'lookup', arguments: { id: 1 }, _meta: facts.meta },
    context: {
      invocationId: 'i-1',
      requestId: '7',
      protocolVersion: '2025-11-25',
      transport: 'sse',
      sessionId: 's-1',
      principal: { id: 'ann', claims: { tenant: 'acme' } },
      client: { name: 'inspector', version: '2' },
      clientCapabilities: { elicitation: {} },
      deadlineMs: 99,
      registrationId: 'tool-lookup',
    },
  });
});

test('absent values are left out, the principal is null', () => {
  const anonymous = { requestId: '1', protocolVersion: '2026-07-28', transport: 'http', principal: null } as const;
  const event = JSON.parse(JSON.stringify(eventOf(call({ payload: 'REQUEST' }), anonymous, 'i', 1)));
  expect(event.params).not.toHaveProperty('_meta');
  expect(event.context).toEqual({ invocationId: 'i', ...anonymous, deadlineMs: 1, registrationId: 'tool-lookup' });
});

test('a completion is a REQUEST event whatever the payload', () => {
  const completion = call({}, { method: 'completion/complete', arguments: undefined, params: { ref: {} } });
  expect(eventOf(completion, facts, 'i', 1)).toMatchObject({ method: 'completion/complete', params: { ref: {} } });
});

test('the client context says what the request was', () => {
  expect(custom(clientContextOf(call(), facts, 'i-1', 'orders'))).toEqual({
    mcpMethod: 'tools/call',
    mcpName: 'lookup',
    mcpRequestId: 'i-1',
    mcpSessionId: 's-1',
    mcpPrincipal: 'ann',
    mcpProtocolVersion: '2025-11-25',
    mcpRegistrationId: 'tool-lookup',
    traceparent: '00-1-2-01',
    tracestate: 'a=b',
    bedrockAgentCoreToolName: 'orders___lookup',
  });
});

test('a client context that is too long loses its end', () => {
  const long = { ...facts, meta: { traceparent: '00-1-2-01', tracestate: 'x'.repeat(3000) } };
  const encoded = clientContextOf(call(), long, 'i-1', 'orders');
  expect(encoded.length).toBeLessThanOrEqual(MAX_CLIENT_CONTEXT);
  expect(custom(encoded)).toMatchObject({
    mcpRegistrationId: 'tool-lookup',
    traceparent: '00-1-2-01',
    mcpTruncated: 'true',
  });
  expect(custom(encoded)).not.toHaveProperty('tracestate');
  expect(custom(encoded)).not.toHaveProperty('bedrockAgentCoreToolName');
});

test('even a name that fills it alone leaves the method', () => {
  const huge = call({}, { target: `docs://${'x'.repeat(5000)}` });
  expect(custom(clientContextOf(huge, facts, 'i', 'orders'))).toEqual({
    mcpMethod: 'tools/call',
    mcpTruncated: 'true',
  });
});

test('a client context just below the limit is whole', () => {
  for (let length = 2100; length < 2500; length++) {
    const encoded = clientContextOf(call(), { ...facts, meta: { tracestate: 'x'.repeat(length) } }, 'i', 'o');
    expect(encoded.length).toBeLessThanOrEqual(MAX_CLIENT_CONTEXT);
    expect('mcpTruncated' in custom(encoded)).toBe(!('bedrockAgentCoreToolName' in custom(encoded)));
  }
});
