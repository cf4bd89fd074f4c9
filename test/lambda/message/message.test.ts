import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { CreateQueueCommand, type Message, QueueDoesNotExist } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { handler } from '../../../lambda/message/index.js';
import { dynamoDb, sqs } from '../../../lambda/shared/clients.js';
import { log } from '../../../lambda/shared/log.js';
import { IncomingMessages } from '../../../lambda/sse/incoming-messages.js';
import { SessionQueue } from '../../../lambda/sse/queue.js';
import type { QueuedMessage } from '../../../lambda/sse/queue-message.js';
import { SessionStore } from '../../../lambda/sse/store.js';
import { ENV, METRICS } from '../../../src/private/contract.js';
import { apiEvent, type EventOptions, measured, startTestServer, type TestServer, until } from '../sse/sessions.js';

const ANN = 'arn:aws:iam::123456789012:user/ann';
const BOB = 'arn:aws:iam::123456789012:user/bob';
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

let server: TestServer;
let store: SessionStore;
let queue: SessionQueue;
let sessionId: string;

beforeAll(async () => {
  server = await startTestServer();
  process.env[ENV.ALLOWED_ORIGINS] = 'https://app.example.org';
});
afterAll(() => server.stop());

beforeEach(async () => {
  sessionId = await open();
});

async function open(principal?: string, leaseMs = 60_000): Promise<string> {
  store = new SessionStore();
  queue = await SessionQueue.create();
  const id = randomBytes(16).toString('hex');
  const now = Date.now();
  await store.reserve({ id, principal, now, leaseUntil: now + leaseMs, endsAt: now + 60_000 });
  await store.attach(id, queue.url, now + leaseMs);
  return id;
}

/** Posts to the session. `body` is text, or a value to send as JSON. */
function post(body: unknown, options: EventOptions = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return handler(apiEvent({ query: { sessionId }, body: text, ...options }));
}

/** Reads the queue as the session does. */
async function received(count: number): Promise<QueuedMessage[]> {
  const incoming = new IncomingMessages();
  const delivered: Message[] = [];
  await until(async () => {
    delivered.push(...(await server.drain(queue.url)));
    return delivered.length >= count;
  });
  return delivered.flatMap((message) => incoming.add(message));
}

describe('responses', () => {
  test('returns 202 for an accepted message', async () => {
    const { statusCode, headers, body } = await post(PING);
    expect({ statusCode, body }).toEqual({ statusCode: 202, body: '{"status":"Message accepted"}' });
    expect(headers?.['content-type']).toBe('application/json');
    expect(await received(1)).toEqual([{ message: PING }]);
  });

  test('returns 503 and Retry-After if AWS fails', async () => {
    const fault = 'fault';
    dynamoDb().middlewareStack.add(() => () => Promise.reject(new Error('no connection')), {
      name: fault,
      step: 'initialize',
    });
    onTestFinished(() => void dynamoDb().middlewareStack.remove(fault));
    log.setLogLevel('SILENT');
    const { statusCode, headers, body } = await post(PING);
    expect([statusCode, headers?.['retry-after']]).toEqual([503, '1']);
    expect(JSON.parse(body)).toEqual({ error: 'the message could not be accepted: try again' });
  });

  const rejections: Array<[number, string, unknown, EventOptions]> = [
    [400, 'no session id', PING, { query: {} }],
    [400, 'JSON that is not JSON-RPC', { hello: 1 }, {}],
    [
      400,
      'nesting that JSON.stringify does not support',
      `{"jsonrpc":"2.0","method":"x","params":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
      {},
    ],
    [403, 'a foreign origin', PING, { headers: { ...JSON_TYPE, Origin: 'https://evil.example' } }],
    [404, 'an unknown session', PING, { query: { sessionId: 'ffffffffffffffffffffffffffffffff' } }],
    [404, 'an invalid session id', PING, { query: { sessionId: 'x'.repeat(3_000) } }],
    [405, 'GET', '', { method: 'GET' }],
    [405, 'DELETE', '', { method: 'DELETE' }],
    [413, 'a message larger than SQS allows', { ...PING, params: { a: 'x'.repeat(1_048_576) } }, {}],
    [413, 'a message larger than SQS allows when escaped', { ...PING, params: { a: 'é'.repeat(200_000) } }, {}],
    [415, 'form data', PING, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }],
    [415, 'no content type', PING, { headers: {} }],
  ];
  test.each(rejections)('returns %i for %s', async (status, _, body, options) => {
    const response = await post(body, options);
    expect(response.statusCode).toBe(status);
    expect(JSON.parse(response.body).error).toEqual(expect.any(String));
    expect(await server.drain(queue.url)).toEqual([]);
  });

  test.each([
    ['no body', '', {}],
    ['invalid JSON', '{"jsonrpc"', {}],
    ['NaN', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":NaN}}}', {}],
    ['a compressed body', gzipSync(JSON.stringify(PING)).toString('base64'), { isBase64Encoded: true }],
  ])('returns 400 and a JSON-RPC parse error for %s', async (_, body, options) => {
    const response = await post(body, { headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, ...options });
    expect([response.statusCode, response.headers?.['content-type']]).toEqual([400, 'application/json']);
    expect(JSON.parse(response.body)).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: { code: -32700, message: 'parse error: the body is not JSON; send a JSON-RPC message' },
    });
    expect(await server.drain(queue.url)).toEqual([]);
  });

  test('ignores Content-Encoding', async () => {
    expect((await post(PING, { headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip' } })).statusCode).toBe(202);
    expect(await received(1)).toEqual([{ message: PING }]);
  });

  test('returns the allowed method with 405', async () => {
    expect((await post('', { method: 'PUT' })).headers).toMatchObject({ allow: 'POST' });
  });

  test('returns the errors with 400', async () => {
    const { body } = await post({ jsonrpc: '2.0', id: null, method: 'ping' });
    expect(JSON.parse(body).details).toEqual([{ path: 'id', message: 'must be a string or an integer' }]);
  });

  test('accepts a message of exactly SQS’s limit', async () => {
    const empty = JSON.stringify({ ...PING, params: { a: '' } }).length;
    const { statusCode } = await post({ ...PING, params: { a: 'x'.repeat(1_048_576 - empty) } });
    expect(statusCode).toBe(202);
  });

  test('lets an allowed origin read the response', async () => {
    const { statusCode, headers } = await post(PING, { headers: { ...JSON_TYPE, Origin: 'https://app.example.org' } });
    expect(statusCode).toBe(202);
    expect(headers?.['access-control-allow-origin']).toBe('https://app.example.org');
  });

  test('ignores case and parameters of the content type', async () => {
    expect((await post(PING, { headers: { 'content-type': 'Application/JSON; charset=utf-8' } })).statusCode).toBe(202);
  });

  test('counts accepted messages and rejected requests', async () => {
    expect(await measured(() => post([PING, PING]))).toEqual({ [METRICS.MESSAGES_ACCEPTED]: 2 });
    expect(await measured(() => post('no'))).toEqual({ [METRICS.MESSAGES_REJECTED]: 1 });
  });

  test('decodes a base64 body', async () => {
    const body = Buffer.from(JSON.stringify(PING)).toString('base64');
    expect((await post(body, { isBase64Encoded: true })).statusCode).toBe(202);
    expect((await received(1))[0]!.message).toEqual(PING);
  });
});

describe('sessions', () => {
  test('are not found after their lease has expired', async () => {
    sessionId = await open(undefined, -1);
    expect((await post(PING)).statusCode).toBe(404);
  });

  test('accept messages only of the caller who opened them', async () => {
    sessionId = await open(ANN);
    expect((await post(PING, { userArn: ANN })).statusCode).toBe(202);
    const unknown = await post(PING, { userArn: ANN, query: { sessionId: '0'.repeat(32) } });
    expect(await post(PING, { userArn: BOB })).toEqual(unknown); // the response does not reveal that the session exists
    expect(await post(PING)).toEqual(unknown);
    expect(await received(1)).toHaveLength(1);
  });

  test('get a message once SQS finds their queue', async () => {
    await queue.remove();
    const posted = post(PING);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const QueueName = queue.url.split('/').at(-1);
    await server.sqs.send(new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true' } }));
    expect((await posted).statusCode).toBe(202);
    expect(await received(1)).toHaveLength(1);
  });

  test('return 503 if their queue is not found within 3 s', async () => {
    await queue.remove();
    const started = Date.now();
    const { statusCode, headers } = await post(PING);
    expect({ statusCode, retryAfter: headers?.['retry-after'] }).toEqual({ statusCode: 503, retryAfter: '1' });
    expect(Date.now() - started).toBeLessThan(4_000);
  });

  test('return 404 if they end while a message waits for the queue', async () => {
    await queue.remove();
    const posted = post(PING);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await store.remove(sessionId);
    expect((await posted).statusCode).toBe(404);
  });
});

describe('messages', () => {
  test('arrive without absent values, also those of a batch', async () => {
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a', arguments: null, _meta: null } };
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list', params: { cursor: '' } };
    const ping = { jsonrpc: '2.0', id: 3, method: 'ping', params: null };
    await post(call);
    await post([list, ping]);
    expect((await received(3)).map(({ message }) => message)).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a' } },
      { jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} },
      { jsonrpc: '2.0', id: 3, method: 'ping' },
    ]);
  });

  test.each(['👩‍🚀', '\ufffe\uffff', '\ud800 alone', '\u0000\u001b\u007f', 'Grüße 日本'])(
    '%j arrives unchanged',
    async (text) => {
      const message = { ...PING, params: { text } };
      expect((await post(message)).statusCode).toBe(202);
      expect((await received(1))[0]!.message).toEqual(message);
    },
  );

  test('all arrive if they are equal; a duplicate of one API request arrives once', async () => {
    const note = { jsonrpc: '2.0', method: 'notifications/roots/list_changed' };
    await post(note);
    await post(note, { requestId: 'same' });
    await post(note, { requestId: 'same' });
    expect(await received(2)).toHaveLength(2);
  });

  test('carry the protocol revision of the request header', async () => {
    await post(PING, { headers: { ...JSON_TYPE, 'mcp-protocol-version': '2025-06-18' } });
    await post(PING, { headers: { ...JSON_TYPE, 'mcp-protocol-version': 'nonsense' } });
    expect((await received(2)).map(({ protocolVersion }) => protocolVersion)).toEqual(['2025-06-18', undefined]);
  });
});

describe('batches', () => {
  const items = (count: number) => Array.from({ length: count }, (_, i) => ({ ...PING, id: i }));

  test.each([[1], [2], [10], [25]])('of %i arrive complete and in order', async (count) => {
    expect((await post(items(count))).statusCode).toBe(202);
    expect((await received(count)).map(({ message }) => message.id)).toEqual(items(count).map(({ id }) => id));
  });

  test('larger than one SQS request arrive complete', async () => {
    const large = items(4).map((item) => ({ ...item, params: { a: 'x'.repeat(400_000) } }));
    expect((await post(large)).statusCode).toBe(202);
    expect(await received(4)).toHaveLength(4);
  });

  test('are accepted in revision 2025-03-26 only', async () => {
    const named = (version: string) => ({ headers: { ...JSON_TYPE, 'MCP-Protocol-Version': version } });
    expect((await post(items(2), named('2025-03-26'))).statusCode).toBe(202);
    expect((await post(items(2), named('2025-06-18'))).statusCode).toBe(400);
    expect(await received(2)).toHaveLength(2);
  });

  test.each([
    [400, 'an empty batch', []],
    [400, 'an invalid item', [PING, { jsonrpc: '2.0' }]],
    [400, 'a nested batch', [[PING]]],
    [413, 'an item that is too large', [PING, { ...PING, params: { a: 'x'.repeat(1_048_576) } }]],
    [413, 'too many items', Array.from({ length: 101 }, () => PING)],
  ])('return %i for %s, and nothing arrives', async (status, _, body) => {
    expect((await post(body)).statusCode).toBe(status);
    expect(await server.drain(queue.url)).toEqual([]);
  });

  /** Passes each SQS request of the handler to `fault` first, for one test. */
  function onSend(fault: (command: string, input: { Entries?: unknown[] }) => unknown) {
    const name = 'fault';
    sqs().middlewareStack.add(
      (next, context) => async (args) => {
        const faked = fault(context.commandName!, args.input as { Entries?: unknown[] });
        const response = await next(args);
        return faked ? { ...response, output: { ...response.output, ...faked } } : response;
      },
      { name, step: 'initialize' },
    );
    onTestFinished(() => void sqs().middlewareStack.remove(name));
  }

  test('are retried only for the entry that SQS rejected', async () => {
    const rejected: unknown[] = [];
    onSend((command, input) => {
      if (command !== 'SendMessageBatchCommand') return undefined;
      rejected.push(input.Entries!.at(-1));
      input.Entries = input.Entries!.slice(0, -1);
      return { Failed: [{ Id: '2', SenderFault: false, Code: 'InternalError' }] };
    });
    expect((await post(items(3))).statusCode).toBe(202);
    expect(rejected).toHaveLength(1);
    expect((await received(3)).map(({ message }) => message.id)).toEqual([0, 1, 2]);
  });

  test('are rejected if a part cannot be sent, and the other part is dropped', async () => {
    const large = items(2).map((item) => ({ ...item, params: { a: 'x'.repeat(600_000) } })); // one request for each
    let requests = 0;
    onSend(() => {
      requests += 1;
      if (requests % 2 === 0) throw new QueueDoesNotExist({ message: 'gone', $metadata: {} });
    });
    expect((await post(large)).statusCode).toBe(503);
    const delivered = await server.drain(queue.url);
    expect(delivered).toHaveLength(1); // despite the retries
    expect(new IncomingMessages().add(delivered[0]!)).toEqual([]);
  });
});

test('rejects JSON that is nested more than 64 levels deep', async () => {
  for (const levels of [64, 100_000]) {
    const deep = '['.repeat(levels) + ']'.repeat(levels);
    const { statusCode, body } = await post(`{"jsonrpc":"2.0","id":1,"method":"ping","params":${deep}}`, {
      headers: JSON_TYPE,
    });
    expect([statusCode, JSON.parse(body)]).toEqual([400, { error: 'the message is nested more than 64 levels deep' }]);
  }
});
