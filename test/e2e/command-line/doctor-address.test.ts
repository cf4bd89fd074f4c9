/** Faults that an address shows: each is planted in a server that imitates a deployed one. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { mcpLambda, stable } from '../support/command-line';

type Answer = (request: IncomingMessage, response: ServerResponse, url: string) => void;

/** Starts a server, runs `doctor` for it, and returns the ids of what it found. */
async function diagnose(answer: Answer, args: readonly string[] = [], env: Record<string, string> = {}) {
  let url = '';
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(request, response, url));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`;
  try {
    const finished = await mcpLambda(['doctor', '--url', `${url}/mcp`, '--json', '--hold', '1', ...args], { env });
    const { checks } = JSON.parse(finished.out) as { checks: Array<{ faults?: Array<{ id: string }> }> };
    return { code: finished.code, ids: checks.flatMap(({ faults = [] }) => faults.map(({ id }) => id)) };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const json = (response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const result = (response: ServerResponse) => json(response, 200, { jsonrpc: '2.0', id: 1, result: {} });

/** A server with OAuth that accepts the token `good`; its parts can be replaced. */
interface Parts {
  readonly challenge?: (url: string) => Record<string, string>;
  readonly metadata?: Answer;
  readonly issuer?: Answer;
  readonly sse?: Answer;
  readonly mcp?: Answer;
}

const oauth =
  ({
    challenge = (url) => ({
      'www-authenticate': `Bearer resource_metadata="${url}/.well-known/oauth-protected-resource"`,
    }),
    metadata = (_, response, url) =>
      json(response, 200, { resource: `${url}/mcp`, authorization_servers: [`${url}/as`] }),
    issuer = (_, response, url) => json(response, 200, { issuer: `${url}/as` }),
    sse = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: endpoint\ndata: /message\n\n');
    },
    mcp = (_, response) => result(response),
  }: Parts): Answer =>
  (request, response, url) => {
    if (request.url?.includes('oauth-protected-resource')) return metadata(request, response, url);
    if (request.url?.includes('.well-known')) return issuer(request, response, url);
    if (request.headers.authorization !== 'Bearer good') {
      return json(response, 401, { message: 'Unauthorized' }, challenge(url));
    }
    if (request.url?.endsWith('/sse')) return sse(request, response, url);
    if (request.url?.includes('/register')) return json(response, 200, { items: [] });
    mcp(request, response, url);
  };

const TOKEN = { MCP_LAMBDA_TOKEN: 'good' };

test.concurrent('finds no fault in a healthy server, and skips what a URL does not show', async () => {
  expect(await diagnose(oauth({}), [], TOKEN)).toEqual({ code: 0, ids: [] });
});

const PLANTED: ReadonlyArray<readonly [id: string, answer: Answer]> = [
  ['server-error', (_, response) => json(response, 503, { message: 'Service Unavailable' })],
  ['server-error', oauth({ mcp: (_, response) => json(response, 502, { message: 'Internal server error' }) })],
  ['redirected', (_, response) => json(response, 308, {}, { location: 'https://mcp.example.com/mcp' })],
  ['other-server', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
  ['other-server', (_, response) => json(response, 404, { message: 'Not Found' })],
  ['challenge-missing', oauth({ challenge: () => ({}) })],
  ['challenge-remapped', oauth({ challenge: () => ({ 'x-amzn-remapped-www-authenticate': 'Bearer' }) })],
  ['challenge-without-metadata', oauth({ challenge: () => ({ 'www-authenticate': 'Bearer realm="orders"' }) })],
  ['metadata-unreachable', oauth({ metadata: (_, response) => json(response, 403, { message: 'Forbidden' }) })],
  [
    'metadata-resource',
    oauth({
      metadata: (_, response, url) =>
        json(response, 200, { resource: 'https://mcp.example.com/mcp', authorization_servers: [`${url}/as`] }),
    }),
  ],
  [
    'metadata-without-issuer',
    oauth({ metadata: (_, response, url) => json(response, 200, { resource: `${url}/mcp` }) }),
  ],
  ['issuer-unreachable', oauth({ issuer: (_, response) => json(response, 404, { error: 'not found' }) })],
  ['issuer-mismatch', oauth({ issuer: (_, response, url) => json(response, 200, { issuer: `${url}/as/` }) })],
  [
    'issuer-keys-unreachable',
    oauth({
      issuer: ({ url: path = '' }, response, url) =>
        json(
          response,
          200,
          path.includes('jwks') ? { keys: [] } : { issuer: `${url}/as`, jwks_uri: `${url}/.well-known/jwks` },
        ),
    }),
  ],
  ['stream-rejected', oauth({ sse: (_, response) => json(response, 503, { error: 'too many open sessions' }) })],
  [
    'stream-closed',
    oauth({
      sse: (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end('event: endpoint\ndata: /message\n\n');
      },
    }),
  ],
  [
    'stream-buffered',
    oauth({
      sse: (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
      },
    }),
  ],
];
test.concurrent.each(PLANTED)('names %s', async (id, answer) => {
  expect(await diagnose(answer, [], TOKEN)).toMatchObject({ code: 2, ids: expect.arrayContaining([id]) });
});

test.concurrent('names request-denied', async () => {
  const { code, ids } = await diagnose(oauth({}), ['--token', 'old']);
  expect([code, ids]).toEqual([2, ['request-denied']]);
});

test.concurrent('names clock-skew', async () => {
  const date = new Date(Date.now() - 3_600_000).toUTCString();
  const { ids } = await diagnose((_, response) => {
    response.setHeader('date', date);
    result(response);
  });
  expect(ids).toEqual(expect.arrayContaining(['clock-skew', 'open-to-everyone']));
});

test('names an unreachable server, and skips what depends on it', async () => {
  const { code, out } = await mcpLambda(['doctor', '--url', 'http://127.0.0.1:59998/prod']);
  expect(code).toBe(2);
  expect(stable(out)).toMatchInlineSnapshot(`
    "✗ reachability      unreachable
        evidence  POST http://127.0.0.1:3001/prod/mcp: connect ECONNREFUSED 127.0.0.1:3001
        cause     the address is wrong, the stack was deleted, or the network does not allow the connection
        fix       compare the address with the output McpUrl of the stack; for a private API, connect from its VPC
    - clock             skipped: the server is not reachable
    - authorization     skipped: the server is not reachable
    - sign-in           skipped: the server is not reachable
    - credentials       skipped: the server is not reachable
    - streams           skipped: the server is not reachable
    - stack             skipped: requires --stack
    - registry          skipped: the server is not reachable
    - functions         skipped: the server is not reachable
    - invocations       skipped: requires --stack
    - server functions  skipped: requires --stack
    - counters          skipped: requires --stack
    - queues            skipped: requires --stack
    - alarms            skipped: requires --stack
    - quota             skipped: requires --stack

    1 fault, 0 warnings in 15 checks
    "
  `);
});
