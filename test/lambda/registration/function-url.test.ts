/** `/register` behind a function URL: the same API, with another event. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { handler } from '../../../lambda/registration/api.js';
import { toItem } from '../../../lambda/registry/item.js';
import { insert } from '../../../lambda/registry/store.js';
import { AUTHORIZATION, ENV } from '../../../src/private/contract.js';
import { collectRecords } from '../audit/records.js';
import { functionUrlEvent, iamCaller } from '../shared/events.js';
import { arnOf, RegistrationFixture, TOOL } from './support.js';

const ANN = iamCaller('arn:aws:iam::123456789012:user/ann');

let fixture: RegistrationFixture;
beforeAll(async () => {
  fixture = await RegistrationFixture.start();
});
beforeEach(async () => {
  await fixture.reset();
  vi.stubEnv(ENV.AUTHORIZATION, AUTHORIZATION.IAM);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
afterAll(() => fixture.stop());

interface Options {
  readonly body?: object;
  readonly headers?: Record<string, string>;
  readonly signed?: boolean;
}

async function call(method: string, address: string, { body, headers, signed = true }: Options = {}) {
  const [rawPath, rawQueryString = ''] = address.split('?') as [string, string?];
  const event = functionUrlEvent({
    method,
    rawPath,
    rawQueryString,
    headers,
    ...(body && { body: JSON.stringify(body) }),
    ...(signed && { authorizer: ANN }),
  });
  const response = await handler(event);
  return { ...response, body: response.body === '' ? undefined : JSON.parse(response.body) };
}

test('creates, lists, returns, replaces and removes a registration', async () => {
  const created = await call('POST', '/register', { body: TOOL });
  expect(created).toMatchObject({ statusCode: 201, headers: { location: '/register/tool-lookup' } });
  await call('POST', '/register', { body: { ...TOOL, name: 'a.b' } });
  expect((await call('GET', '/register/?type=tool')).body.items).toHaveLength(2);
  expect((await call('GET', '/register?type=prompt')).body.items).toEqual([]);
  expect((await call('GET', '/register/tool%2Da.b')).body).toMatchObject({ id: 'tool-a.b' });
  const headers = { 'if-match': String(created.headers!.etag) };
  const replaced = await call('PUT', '/register/tool-lookup', { body: { ...TOOL, description: 'x' }, headers });
  expect(replaced).toMatchObject({ statusCode: 200, body: { description: 'x' } });
  expect(await call('DELETE', '/register/tool-lookup', { headers })).toMatchObject({ statusCode: 412 });
  expect(await call('DELETE', '/register/tool-lookup')).toMatchObject({ statusCode: 204, body: undefined });
  expect(await call('GET', '/register/tool-lookup')).toMatchObject({ statusCode: 404 });
});

test('pages with the cursor of the previous page', async () => {
  for (let n = 0; n < 101; n++) {
    await insert(toItem({ type: 'tool', name: `t${n}`, lambdaArn: arnOf('one') }, { owner: 'api' }));
  }
  const { items, nextCursor } = (await call('GET', '/register')).body;
  expect(items).toHaveLength(100);
  expect((await call('GET', `/register?cursor=${encodeURIComponent(nextCursor)}`)).body.items).toHaveLength(1);
});

test.each(['/', '/mcp', '/register/a/b', '/registered', '/.well-known/oauth-protected-resource/mcp'])(
  'responds to %s with 404',
  async (path) => {
    expect(await call('GET', path)).toMatchObject({
      statusCode: 404,
      body: { error: `path "${path}" not found: use /register`, details: [{ path: '' }] },
    });
  },
);

test('rejects other origins, other methods and callers without an identity', async () => {
  expect((await call('GET', '/register', { headers: { origin: 'https://evil.example' } })).statusCode).toBe(403);
  expect((await call('PATCH', '/register')).statusCode).toBe(405);
  expect((await call('GET', '/register', { signed: false })).statusCode).toBe(403);
});

test('adds no CORS headers, which Lambda adds', async () => {
  vi.stubEnv(ENV.ALLOWED_ORIGINS, 'https://app.example');
  const { statusCode, headers } = await call('GET', '/register', { headers: { origin: 'https://app.example' } });
  expect(statusCode).toBe(200);
  expect(Object.keys(headers!)).toEqual(['content-type']);
});

test('writes audit records with the caller', async () => {
  const records = collectRecords();
  await call('POST', '/register', { body: TOOL });
  expect(records).toEqual([
    expect.objectContaining({ caller: 'arn:aws:iam::123456789012:user/ann', requestId: 'b1c2', outcome: 'ok' }),
  ]);
});
