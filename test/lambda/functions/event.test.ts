import { expect, test } from 'vitest';
import { clientContextOf, type FunctionCall, MAX_CLIENT_CONTEXT } from '../../../lambda/functions/event.js';
import { eventOf } from '../../../lambda/functions/events/index.js';
import type { RequestContext } from '../../../lambda/protocol/request-scope.js';
import { tool } from '../mcp/registrations.js';

const request: RequestContext = {
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
const decode = (encoded: string | undefined) => JSON.parse(Buffer.from(encoded!, 'base64').toString()).custom;

test('passes the arguments to a handler without an event mapping', () => {
  expect(eventOf(call(), request, 'i-1', 0)).toEqual({ id: 1 });
});

test('passes the request to a handler with the request event', () => {
  expect(JSON.parse(JSON.stringify(eventOf(call({ event: { type: 'request' } }), request, 'i-1', 99)))).toEqual({
    method: 'tools/call',
    params: { name: 'lookup', arguments: { id: 1 }, _meta: request.meta },
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

test('leaves out absent values, except for a principal of null', () => {
  const anonymous = { requestId: '1', protocolVersion: '2026-07-28', transport: 'http', principal: null } as const;
  const event = JSON.parse(JSON.stringify(eventOf(call({ event: { type: 'request' } }), anonymous, 'i', 1)));
  expect(event.params).not.toHaveProperty('_meta');
  expect(event.context).toEqual({ invocationId: 'i', ...anonymous, deadlineMs: 1, registrationId: 'tool-lookup' });
});

test('makes a request event for a completion, whatever the mapping', () => {
  const completion = call({}, { method: 'completion/complete', arguments: undefined, params: { ref: {} } });
  expect(eventOf(completion, request, 'i', 1)).toMatchObject({ method: 'completion/complete', params: { ref: {} } });
});

test('describes the request in the client context', () => {
  expect(decode(clientContextOf(call(), request, 'i-1', 'orders'))).toEqual({
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

test('leaves out the last entries of a client context that is too long', () => {
  const long = { ...request, meta: { traceparent: '00-1-2-01', tracestate: 'x'.repeat(3000) } };
  const encoded = clientContextOf(call(), long, 'i-1', 'orders')!;
  expect(encoded.length).toBeLessThanOrEqual(MAX_CLIENT_CONTEXT);
  expect(decode(encoded)).toMatchObject({
    mcpRegistrationId: 'tool-lookup',
    traceparent: '00-1-2-01',
    mcpTruncated: 'true',
  });
  expect(decode(encoded)).not.toHaveProperty('tracestate');
  expect(decode(encoded)).not.toHaveProperty('bedrockAgentCoreToolName');
});

test('keeps everything that the server sets if the name alone exceeds the limit', () => {
  const huge = call({}, { target: `docs://${'x'.repeat(5000)}` });
  expect(decode(clientContextOf(huge, request, 'i', 'orders'))).toEqual({
    mcpPrincipal: 'ann',
    mcpMethod: 'tools/call',
    mcpRequestId: 'i',
    mcpRegistrationId: 'tool-lookup',
    mcpProtocolVersion: '2025-11-25',
    mcpSessionId: 's-1',
    mcpTruncated: 'true',
  });
});

test('never leaves out the principal', () => {
  for (let length = 2400; length < 2800; length++) {
    const encoded = clientContextOf(call(), { ...request, principal: { id: 'a'.repeat(length) } }, 'i', 'orders');
    if (encoded === undefined) continue;
    expect(encoded.length).toBeLessThanOrEqual(MAX_CLIENT_CONTEXT);
    expect(decode(encoded).mcpPrincipal).toHaveLength(length);
    expect(Object.keys(decode(encoded))[0]).toBe('mcpPrincipal');
  }
  expect(clientContextOf(call(), { ...request, principal: { id: 'a'.repeat(2800) } }, 'i', 'orders')).toBeUndefined();
});

test('marks a client context as truncated if, and only if, an entry is left out', () => {
  for (let length = 2100; length < 2500; length++) {
    const encoded = clientContextOf(call(), { ...request, meta: { tracestate: 'x'.repeat(length) } }, 'i', 'o')!;
    expect(encoded.length).toBeLessThanOrEqual(MAX_CLIENT_CONTEXT);
    expect('mcpTruncated' in decode(encoded)).toBe(!('bedrockAgentCoreToolName' in decode(encoded)));
  }
});
