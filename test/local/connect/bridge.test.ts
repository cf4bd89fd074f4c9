import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { Bridge } from '../../../local/connect/bridge.js';
import { requestSigner } from '../../../local/request-signer.js';
import { CREDENTIALS, type ReceivedRequest, type ScriptedResponse, startSignedServer } from './signed-server.js';

const VERSION = '2026-07-28';
const INITIALIZED = 'notifications/initialized';
const modern = (id: number, method: string, params: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method,
  params: { ...params, _meta: { 'io.modelcontextprotocol/protocolVersion': VERSION } },
});
const result = (id: number, value: object) => ({ jsonrpc: '2.0', id, result: value });

let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

/** Starts a bridge to a scripted server, with the test as its client. */
async function connect(respond: (request: ReceivedRequest) => ScriptedResponse) {
  const server = await startSignedServer(respond);
  const url = new URL(server.url);
  const input = new PassThrough();
  const output = new PassThrough();
  const problems: string[] = [];
  const sign = requestSigner(url, {
    service: 'execute-api',
    region: 'eu-west-1',
    credentials: async () => CREDENTIALS,
  });
  const ended = new Bridge({ url, sign, input, output, onProblem: (text) => problems.push(text) }).run();
  const lines = createInterface({ input: output })[Symbol.asyncIterator]();
  stop = async () => {
    input.end();
    await server.stop();
  };
  return {
    server,
    problems,
    send: (message: unknown) => input.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`),
    receive: async () => JSON.parse((await lines.next()).value) as Record<string, any>,
    receiveText: async () => (await lines.next()).value as string,
    async end() {
      input.end();
      await ended;
    },
  };
}

describe('Bridge', () => {
  it('signs requests and forwards JSON responses', async () => {
    const { send, receive, server } = await connect(({ message }) => ({ json: result(message.id, { ok: true }) }));
    send({ jsonrpc: '2.0', id: 1, method: 'ping' });
    expect(await receive()).toEqual(result(1, { ok: true }));
    expect(server.requests[0].headers).toMatchObject({
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    });
  });

  it('forwards responses as the server wrote them', async () => {
    const text = '{"jsonrpc":"2.0","id":1,"result":{"id":725653563933458432,"price":1.50}}';
    const { send, receiveText } = await connect(() => ({ text: text.replace(',', ',\n  ') }));
    send({ jsonrpc: '2.0', id: 1, method: 'ping' });
    expect(await receiveText()).toBe(text.replace(',', ',   '));
  });

  it('forwards streamed messages as the server wrote them', async () => {
    const text = '{"jsonrpc":"2.0","id":1,"result":{"id":725653563933458432}}';
    const { send, receiveText } = await connect(() => ({ prelude: `data: ${text}\n\n`, events: [] }));
    send({ jsonrpc: '2.0', id: 1, method: 'ping' });
    expect(await receiveText()).toBe(text);
  });

  it('forwards the rejection of an id that JavaScript would round', async () => {
    const text = '{"jsonrpc":"2.0","id":9007199254740993,"error":{"code":-32600,"message":"invalid id"}}';
    const { send, receiveText } = await connect(() => ({ status: 400, text }));
    send('{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}');
    expect(await receiveText()).toBe(text);
  });

  it('forwards the messages of a stream in order', async () => {
    const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1, text: 'grüße' } };
    const { send, receive } = await connect(({ message }) => ({
      events: [progress, result(message.id, { ok: true })],
    }));
    send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } });
    expect(await receive()).toEqual(progress);
    expect(await receive()).toEqual(result(1, { ok: true }));
  });

  it('does not wait for the end of a response without a body', async () => {
    const { send, receive, server, end } = await connect(({ method, message }) => {
      if (method === 'DELETE') return { status: 204, hang: true };
      if (method === 'GET') return { status: 405 };
      if (!message?.id) return { status: 202, hang: true };
      return { json: result(message.id, { protocolVersion: '2025-06-18' }), headers: { 'mcp-session-id': 's-1' } };
    });
    send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18' } });
    await receive();
    send({ jsonrpc: '2.0', method: INITIALIZED });
    await end();
    expect(server.requests.map(({ method }) => method)).toContain('DELETE');
  });

  it('sends protocol version and session id of a 2025 connection, and deletes the session', async () => {
    const { send, receive, server, end } = await connect(({ message }) => {
      if (!message?.id) return { status: 202 };
      const headers = message.method === 'initialize' ? { 'mcp-session-id': 's-1' } : undefined;
      return { json: result(message.id, { protocolVersion: '2025-06-18' }), headers };
    });
    send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } });
    await receive();
    send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    send({ jsonrpc: '2.0', id: 2, method: 'tools/list' });
    await receive();
    await end();
    const seen = server.requests.map(({ method, headers: h }) => [
      method,
      h['mcp-protocol-version'],
      h['mcp-session-id'],
      h['mcp-method'],
    ]);
    expect(seen).toEqual([
      ['POST', undefined, undefined, undefined],
      ['POST', '2025-06-18', 's-1', undefined],
      ['POST', '2025-06-18', 's-1', undefined],
      ['DELETE', '2025-06-18', 's-1', undefined],
    ]);
  });

  describe('with a 2025 server that sends notifications', () => {
    const changed = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };

    /** Starts a server that responds to GET requests from a list, and repeats the last response. */
    async function notified(gets: ScriptedResponse[], capabilities: object = { tools: { listChanged: true } }) {
      let got = 0;
      const connected = await connect(({ method, message }) => {
        if (method === 'GET') return gets[Math.min(got++, gets.length - 1)]!;
        if (!message?.id) return { status: 202 };
        const headers = { 'mcp-session-id': 's-1' };
        return { json: result(message.id, { protocolVersion: '2025-11-25', capabilities }), headers };
      });
      connected.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} });
      await connected.receive();
      connected.send({ jsonrpc: '2.0', method: INITIALIZED });
      const seen = () =>
        connected.server.requests.filter(({ method }) => method === 'GET').map(({ headers }) => headers);
      const ping = async () => {
        connected.send({ jsonrpc: '2.0', id: 2, method: 'ping' });
        await connected.receive();
      };
      return { ...connected, seen, ping };
    }

    it('opens a stream, and resumes it after the last event', async () => {
      const prelude = 'id: here\nretry: 10\ndata:\n\n';
      const { receive, seen, end } = await notified([
        { prelude, events: [changed] },
        { events: [changed], hang: true },
      ]);
      expect(await receive()).toEqual(changed);
      expect(await receive()).toEqual(changed);
      expect(seen().map((headers) => [headers['mcp-session-id'], headers['last-event-id']])).toEqual([
        ['s-1', undefined],
        ['s-1', 'here'],
      ]);
      await end(); // closes the open stream
    });

    it('retries after 503, and stops after 405', async () => {
      const { seen, ping } = await notified([
        { prelude: 'retry: 10\n\n', events: [] },
        { status: 503 },
        { status: 405 },
      ]);
      await expect.poll(() => seen().length).toBe(3);
      for (let n = 0; n < 20; n++) await ping();
      expect(seen()).toHaveLength(3);
    });

    it('does not open a stream without a capability for notifications', async () => {
      const { seen, ping, server } = await notified([{ status: 405 }], { tools: {}, resources: {} });
      await expect.poll(() => server.requests.map(({ message }) => message?.method)).toContain(INITIALIZED);
      for (let n = 0; n < 20; n++) await ping();
      expect(seen()).toEqual([]);
    });
  });

  it('sends method and name of a 2026 request as headers', async () => {
    const { send, receive, server } = await connect(({ message }) => ({ json: result(message.id, {}) }));
    send(modern(1, 'tools/call', { name: 'look up' }));
    await receive();
    send(modern(2, 'resources/read', { uri: 'docs://grüße' }));
    await receive();
    send(modern(3, 'tools/list'));
    await receive();
    const seen = server.requests.map(({ headers: h }) => [h['mcp-protocol-version'], h['mcp-method'], h['mcp-name']]);
    expect(seen).toEqual([
      [VERSION, 'tools/call', 'look up'],
      [VERSION, 'resources/read', `=?base64?${Buffer.from('docs://grüße').toString('base64')}?=`],
      [VERSION, 'tools/list', undefined],
    ]);
  });

  it('sends marked tool arguments as headers', async () => {
    const inputSchema = {
      type: 'object',
      properties: {
        region: { type: 'string', 'x-mcp-header': 'Region' },
        page: { type: 'object', properties: { size: { type: 'integer', 'x-mcp-header': 'Page-Size' } } },
        absent: { type: 'string', 'x-mcp-header': 'Absent' },
        other: { type: 'string' },
      },
    };
    const { send, receive, server } = await connect(({ message }) => ({
      json: result(message.id, message.method === 'tools/list' ? { tools: [{ name: 't', inputSchema }] } : {}),
    }));
    send(modern(1, 'tools/list'));
    await receive();
    send(modern(2, 'tools/call', { name: 't', arguments: { region: 'eu', page: { size: 5 }, other: 'x' } }));
    await receive();
    const params = Object.entries(server.requests[1].headers).filter(([name]) => name.startsWith('mcp-param-'));
    expect(Object.fromEntries(params)).toEqual({ 'mcp-param-region': 'eu', 'mcp-param-page-size': '5' });
    const large = modern(3, 'tools/call', { name: 't', arguments: { page: { size: 5 } } });
    send(JSON.stringify(large).replace('"size":5', '"size":9007199254740993'));
    await receive();
    expect(server.requests[2].headers['mcp-param-page-size']).toBe('9007199254740993');
  });

  it('cancels a 2026 request by closing its stream, and an older one by the notification', async () => {
    const { send, receive, server } = await connect(({ message }) => {
      if (message.id === undefined) return { status: 202 };
      return { events: [{ jsonrpc: '2.0', method: 'notifications/message', params: {} }], hang: true };
    });
    const cancel = (requestId: number) => ({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId },
    });
    send(modern(1, 'tools/call', { name: 'slow' }));
    await receive();
    send(cancel(1));
    await expect.poll(() => server.closed).toEqual([1]);
    expect(server.requests).toHaveLength(1);

    send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'slow' } });
    await receive();
    send(cancel(2));
    await expect.poll(() => server.requests.at(-1)?.message.method).toBe('notifications/cancelled');
    expect(server.closed).toEqual([1]);
  });

  it.each<[string, ScriptedResponse, object]>([
    [
      'a JSON-RPC error',
      { status: 400, json: { jsonrpc: '2.0', id: null, error: { code: -32020, message: 'mismatch' } } },
      { code: -32020, message: 'mismatch' },
    ],
    [
      'an error of API Gateway',
      { status: 403, json: { Message: 'not authorized' } },
      { code: -32000, message: /returned 403: not authorized$/ },
    ],
    [
      'an error of the server',
      { status: 403, json: { error: 'origin' } },
      { code: -32000, message: /returned 403: origin$/ },
    ],
    ['a status without a body', { status: 502 }, { code: -32000, message: /returned 502$/ }],
    ['a stream without a response', { events: [] }, { code: -32000, message: /closed the stream without a response$/ }],
  ])('returns an error to the client for %s', async (_, response, error) => {
    const { send, receive } = await connect(() => response);
    send({ jsonrpc: '2.0', id: 7, method: 'tools/list' });
    const received = await receive();
    expect(received).toMatchObject({ jsonrpc: '2.0', id: 7, error: { code: (error as any).code } });
    expect(received.error.message).toMatch((error as any).message);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect with status %i', async (status) => {
    const other = await startSignedServer(() => ({ json: result(1, {}) }));
    try {
      for (const location of [other.url, '/prod/elsewhere', 'https://example.com/mcp']) {
        const { send, receive, server } = await connect(() => ({ status, headers: { location } }));
        send({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
        const { error } = await receive();
        expect(error.message).toContain(`redirected to ${new URL(location, server.url)}: `);
        expect(server.requests).toHaveLength(1);
        await stop?.();
        stop = undefined;
      }
      expect(other.requests).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  it('does not follow a redirect of its notification stream or of the deletion of its session', async () => {
    const other = await startSignedServer(() => ({ status: 405 }));
    const { send, receive, server, end, problems } = await connect(({ method, message }): ScriptedResponse => {
      if (method !== 'POST') return { status: 307, headers: { location: other.url } };
      if (!message?.id) return { status: 202 };
      const capabilities = { tools: { listChanged: true } };
      return {
        json: result(message.id, { protocolVersion: '2025-11-25', capabilities }),
        headers: { 'mcp-session-id': 's' },
      };
    });
    send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} });
    await receive();
    send({ jsonrpc: '2.0', method: INITIALIZED });
    await expect.poll(() => server.requests.map(({ method }) => method)).toContain('GET');
    await end();
    expect(problems).toEqual([expect.stringContaining('cannot delete the session: redirected to')]);
    expect(other.requests).toEqual([]);
    await other.stop();
  });

  it('reports the error of a notification as a problem', async () => {
    const { send, end, problems } = await connect(() => ({ status: 500 }));
    send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    await end();
    expect(problems).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+ returned 500$/)]);
  });

  it('returns a parse error for invalid JSON', async () => {
    const { send, receive } = await connect(() => ({}));
    send('{');
    expect(await receive()).toMatchObject({ id: null, error: { code: -32700 } });
  });
});
