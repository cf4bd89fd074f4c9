import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CreateMessageRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import {
  accept,
  closing,
  connect,
  host,
  initializing,
  itemsOf,
  messages,
  open,
  post,
  request,
  rest,
} from './session-host.js';

describe('input requests', () => {
  test('carry request state over two rounds', async () => {
    const { client, sessionId } = await connect();
    expect((await client.callTool({ name: 'ask' })).content).toEqual([{ type: 'text', text: 'Ann likes red' }]);
    expect((await itemsOf(sessionId)).map(({ sk }) => sk)).toEqual(['session']); // the mailboxes are empty
  });

  test('ask for sampling and roots at once', async () => {
    const client = new Client({ name: 'v1', version: '1' }, { capabilities: { sampling: {}, roots: {} } });
    const content = { type: 'text' as const, text: 'Yes.' };
    client.setRequestHandler(CreateMessageRequestSchema, () => ({ model: 'm', role: 'assistant', content }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///home' }] }));
    await client.connect(new StreamableHTTPClientTransport(host.url) as never);
    closing.push(() => client.close());
    expect((await client.callTool({ name: 'consult' })).structuredContent).toMatchObject({
      model: { content },
      roots: { roots: [{ uri: 'file:///home' }] },
    });
  });

  test.each(['decline', 'cancel'] as const)('pass on that the user chose to %s', async (action) => {
    const { client } = await connect(() => ({ action }));
    expect((await client.callTool({ name: 'ask' })).content).toMatchObject([{ text: `the user answered: ${action}` }]);
  });

  test('end the call with an error of the client', async () => {
    const { client } = await connect(() => Promise.reject(new Error('no window')));
    const result = await client.callTool({ name: 'ask' });
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('no window') }] });
  });

  test('are cancelled, with the call, when the response is late', async () => {
    process.env[ENV.ANSWER_SECONDS] = '1';
    const session = await open();
    const stream = messages(await session.post(request(1, 'tools/call', { name: 'ask' })));
    const { value: inputRequest } = await stream.next();
    const [cancellation, result] = await rest(stream);
    expect(cancellation).toMatchObject({ method: 'notifications/cancelled', params: { requestId: inputRequest.id } });
    expect(result).toMatchObject({ id: 1, result: { isError: true } });
    expect(result.result.content[0].text).toMatch(/timed out/);
    // a late response is ignored
    expect((await session.post({ jsonrpc: '2.0', id: inputRequest.id, result: { action: 'decline' } })).status).toBe(
      202,
    );
  });

  test('of two calls may be answered in reverse order', async () => {
    const session = await open();
    const call = (id: number) => session.post(request(id, 'tools/call', { name: 'ask' }));
    const streams = (await Promise.all([call(1), call(2)])).map(messages);
    const nextRequests = async () => Promise.all(streams.map(async (stream) => (await stream.next()).value));
    const respond = (id: string, content: Record<string, string>) =>
      session.post({ jsonrpc: '2.0', id, result: accept(content) });

    const names = await nextRequests();
    expect(names[0].id).not.toBe(names[1].id);
    expect((await respond(names[1].id, { name: 'Bob' })).status).toBe(202);
    expect((await respond(names[0].id, { name: 'Ann' })).status).toBe(202);
    const colours = await nextRequests();
    expect(colours.map(({ params }) => params.message)).toEqual(['Your colour?', 'Your colour?']);
    await respond(colours[1].id, { colour: 'blue' });
    await respond(colours[0].id, { colour: 'red' });
    expect((await Promise.all(streams.map(rest))).flat().map(({ id, result }) => [id, result.content[0].text])).toEqual(
      [
        [1, 'Ann likes red'],
        [2, 'Bob likes blue'],
      ],
    );
  });

  test('ignore a second response', async () => {
    const session = await open();
    const stream = messages(await session.post(request(1, 'tools/call', { name: 'ask' })));
    const { value: inputRequest } = await stream.next();
    const respond = (action: string) => session.post({ jsonrpc: '2.0', id: inputRequest.id, result: { action } });
    const both = [await respond('decline'), await respond('cancel')];
    expect(both.map(({ status }) => status)).toEqual([202, 202]);
    expect((await rest(stream))[0].result.content[0].text).toBe('the user answered: decline');
  });

  test('end the call when the content does not match its requestedSchema', async () => {
    const session = await open();
    const stream = messages(await session.post(request(1, 'tools/call', { name: 'ask' })));
    const { value: inputRequest } = await stream.next();
    await session.post({ jsonrpc: '2.0', id: inputRequest.id, result: { action: 'accept', content: { name: 7 } } });
    expect((await rest(stream))[0]).toMatchObject({
      error: { code: -32602, message: expect.stringContaining('does not match its requestedSchema: /name: ') },
    });
  });

  test('end the call when the response is too large', async () => {
    const session = await open();
    const stream = messages(await session.post(request(1, 'tools/call', { name: 'ask' })));
    const { value: inputRequest } = await stream.next();
    const content = { name: 'x'.repeat(400_000) };
    const rejected = await session.post({ jsonrpc: '2.0', id: inputRequest.id, result: accept(content) });
    expect(rejected.status).toBe(413);
    const [result] = await rest(stream);
    expect(result.result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/larger than/) }] });
  });

  test('do not store a response to an unknown request', async () => {
    const session = await open();
    for (const id of [0, 'x'.repeat(2_000), '00000000-0000-0000-0000-000000000000#']) {
      expect((await session.post({ jsonrpc: '2.0', id, result: {} })).status).toBe(202);
    }
    expect(await itemsOf(session.id)).toHaveLength(1);
  });

  test('require the capability', async () => {
    const params = { ...initializing.params, capabilities: {} };
    const id = (await post({ ...initializing, params })).headers.get('mcp-session-id')!;
    const response = await post(request(1, 'tools/call', { name: 'ask' }), { 'mcp-session-id': id });
    const [only] = await rest(messages(response));
    expect(only.result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/elicitation/) }] });
  });

  test('require the session id', async () => {
    const [only] = await rest(messages(await post(request(1, 'tools/call', { name: 'ask' }))));
    expect(only.result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/Mcp-Session-Id/) }] });
  });
});
