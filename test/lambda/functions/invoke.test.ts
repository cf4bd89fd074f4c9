import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { toolCall } from '../../../lambda/functions/event.js';
import { invoke } from '../../../lambda/functions/invoke.js';
import type { RequestContext } from '../../../lambda/protocol/request-scope.js';
import { log } from '../../../lambda/shared/log.js';
import { tool } from '../mcp/registrations.js';

/*
 * Errors of Lambda in their wire form, from a stub of its endpoint.
 */
let denials = 0;
let requests = 0;
const server = createServer(async (request, response) => {
  for await (const _ of request);
  requests += 1;
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
  uptime = 600;
  vi.spyOn(process, 'uptime').mockImplementation(() => uptime);
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

const REQUEST: RequestContext = { requestId: '1', protocolVersion: '2025-11-25', transport: 'http', principal: null };
const call = (age: number, timeoutSeconds = 30) => {
  const updatedAt = new Date(Date.now() - age * 1000).toISOString();
  const registration = { ...tool('lookup', { timeoutSeconds }), updatedAt };
  return invoke(toolCall(registration, {}), REQUEST, { signal: new AbortController().signal });
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
