import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { failureText } from '../../../lambda/functions/call-function.js';
import { toolCall } from '../../../lambda/functions/event.js';
import { invoke } from '../../../lambda/functions/invoke.js';
import type { InvocationOutcome } from '../../../lambda/functions/outcome.js';
import type { RequestContext } from '../../../lambda/protocol/request-scope.js';
import { log } from '../../../lambda/shared/log.js';
import { inTrace } from '../../../lambda/shared/request-trace.js';
import { tool } from '../mcp/registrations.js';

/*
 * Errors of Lambda in their wire form, from a stub of its endpoint.
 */
let denials = 0;
let requests = 0;
let headers: IncomingHttpHeaders;
let next: ((response: ServerResponse) => unknown) | undefined;
const server = createServer(async (request, response) => {
  for await (const _ of request);
  requests += 1;
  headers = request.headers;
  if (next) return void next(response);
  if (denials-- <= 0) return void response.end('"done"');
  response.writeHead(403, { 'content-type': 'application/json', 'x-amzn-errortype': 'AccessDeniedException' });
  response.end(
    JSON.stringify({ Message: 'User: … is not authorized to perform: lambda:InvokeFunction on resource: …' }),
  );
});

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  log.setLogLevel('SILENT');
});
let uptime = 600;
beforeEach(() => {
  requests = 0;
  next = undefined;
  uptime = 600;
  vi.spyOn(process, 'uptime').mockImplementation(() => uptime);
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

const REQUEST: RequestContext = { requestId: '1', protocolVersion: '2025-11-25', transport: 'http', principal: null };
const call = (age: number, timeoutSeconds = 30, principal: RequestContext['principal'] = null) => {
  const updatedAt = new Date(Date.now() - age * 1000).toISOString();
  const registration = { ...tool('lookup', { timeoutSeconds }), updatedAt };
  return invoke(toolCall(registration, {}), { ...REQUEST, principal }, { signal: new AbortController().signal });
};

test('retries a denied invocation shortly after the registration has changed', async () => {
  denials = 3;
  expect(await call(5)).toEqual({ kind: 'response', value: 'done' });
  expect(requests).toBe(4);
});

test('retries a denied invocation in a new process: a replaced role starts new processes', async () => {
  denials = 3;
  uptime = 5;
  expect(await call(120)).toEqual({ kind: 'response', value: 'done' });
  expect(requests).toBe(4);
});

test('does not retry a denied invocation of an older registration', async () => {
  denials = 1;
  expect(await call(120)).toEqual({ kind: 'refused', reason: 'AccessDeniedException' });
  expect(requests).toBe(1);
});

test('retries within the timeout of the registration, then reports the denial', async () => {
  denials = 100;
  expect(await call(5, 1)).toEqual({ kind: 'refused', reason: 'AccessDeniedException' });
  expect(requests).toBeGreaterThan(1);
});

test('refuses a call whose principal does not fit into the client context', async () => {
  denials = 0;
  expect(await call(5, 30, { id: 'a'.repeat(3000) })).toEqual({
    kind: 'failed',
    message: expect.stringContaining('the id of the caller is too long'),
  });
  expect(requests).toBe(0);
});

const failing = (status: number, name: string, more = {}) => {
  next = (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name });
    response.end(JSON.stringify({ message: '…', ...more }));
  };
};

const textOf = async () => failureText((await call(120, 2)) as Exclude<InvocationOutcome, { kind: 'response' }>);

test.each([
  ['closes the connection', (response: ServerResponse) => response.destroy(), /\(ECONNRESET\): it may have run/],
  [
    'closes the connection in the response',
    (response: ServerResponse) =>
      response.writeHead(200, { 'content-length': '9' }).write('"', () => response.destroy()),
    /: it may have run/,
  ],
  ['fails', (response: ServerResponse) => response.writeHead(500).end('{}'), /: it may have run/],
  ['does not respond in time', () => undefined, /^no response within 2 s$/],
])('reports a call whose response is lost, once, if Lambda %s', async (_, respond, text) => {
  next = respond;
  expect(await textOf()).toMatch(text);
  expect(requests).toBe(1);
});

test.each([
  [
    'AccessDeniedException',
    403,
    {},
    "the function cannot be invoked (AccessDeniedException): its owner must let the server's role invoke it",
  ],
  ['ResourceNotFoundException', 404, {}, 'the function cannot be invoked (ResourceNotFoundException)'],
  [
    'KMSAccessDeniedException',
    502,
    {},
    'the function cannot be invoked (KMSAccessDeniedException): Lambda cannot decrypt its environment; if its role was replaced, deploy the function again',
  ],
  ['ENILimitReachedException', 502, {}, 'the function cannot be invoked (ENILimitReachedException)'],
  [
    'TooManyRequestsException',
    429,
    { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
    'too many calls at once: the reserved concurrency of the function is in use; try again later',
  ],
  [
    'TooManyRequestsException',
    429,
    { Reason: 'ConcurrentInvocationLimitExceeded' },
    "too many calls at once: the account's Lambda concurrency is in use; try again later",
  ],
  ['TooManyRequestsException', 429, {}, 'too many calls at once: try again later'],
])('explains a refusal: %s', async (name, status, more, text) => {
  failing(status, name, more);
  vi.spyOn(Math, 'random').mockReturnValue(0); // no pauses between the attempts
  expect(await textOf()).toBe(text);
  vi.restoreAllMocks();
});

test('reports that a function has not run if Lambda cannot be reached', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', 'http://127.0.0.1:1');
  vi.resetModules(); // a new client
  const { invoke: unreachable } = await import('../../../lambda/functions/invoke.js');
  const { signal } = new AbortController();
  expect(await unreachable(toolCall(tool('lookup'), {}), REQUEST, { signal })).toEqual({
    kind: 'refused',
    reason: 'ECONNREFUSED',
  });
});

const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const inTracedRequest = (trace: object) =>
  inTrace({ xray: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1' }, () =>
    invoke(toolCall(tool('traced'), {}), { ...REQUEST, trace }, { signal: new AbortController().signal }),
  );

test('with tracing, an invocation carries the trace context of its request', async () => {
  vi.stubEnv('MCP_TRACING', 'on');
  await inTracedRequest({ traceparent: TRACEPARENT, tracestate: 'a=b' });
  expect(headers).toMatchObject({
    'x-amzn-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1',
    traceparent: TRACEPARENT,
    tracestate: 'a=b',
  });
  const custom = JSON.parse(Buffer.from(String(headers['x-amz-client-context']), 'base64').toString()).custom;
  expect(custom).toMatchObject({ traceparent: TRACEPARENT, tracestate: 'a=b' });
});

test('without tracing, it carries none', async () => {
  vi.stubEnv('MCP_TRACING', '');
  await inTracedRequest({ traceparent: TRACEPARENT });
  expect(headers).not.toHaveProperty('traceparent');
  expect(headers).not.toHaveProperty('x-amzn-trace-id');
});
