import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpInvokeMode } from '../../src';
import { httpClient, sseClient } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';

let fixture: Fixture;
let sessionless: Fixture;
beforeAll(async () => {
  const extend = (({ server, fn }) => {
    const stream = { invokeMode: McpInvokeMode.RESPONSE_STREAM, timeout: Duration.seconds(60) };
    server.addTool(fn('stream'), { name: 'stream', ...stream });
    server.addTool(fn('stream'), { name: 'hasty', ...stream, timeout: Duration.seconds(1) });
  }) satisfies NonNullable<Parameters<typeof startFixture>[0]>['extend'];
  fixture = await startFixture({ extend });
  sessionless = await startFixture({ extend, server: { sessions: false } });
});
afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  await sessionless?.[Symbol.asyncDispose]();
});

const text = (value: string) => ({ type: 'text', text: value });
const progress = (n: number, more: object = {}) => ({ progress: { progress: n, ...more } });
const log = (level: string, data: unknown) => ({ log: { level, data } });

type Call = (
  name: string,
  steps: unknown[],
  options?: { onprogress?: (progress: object) => void; meta?: object; signal?: AbortSignal },
) => Promise<any>;

/** A connected client, what it was told by log messages, and what went wrong beside the calls. */
interface Listener {
  readonly call: Call;
  setLevel(level: string): Promise<unknown>;
  readonly logs: object[];
  readonly errors: Error[];
  close(): Promise<void>;
}

function listener(client: any): Listener {
  const logs: object[] = [];
  const errors: Error[] = [];
  client.onerror = (error: Error) => errors.push(error);
  client.fallbackNotificationHandler = async ({ method, params }: { method: string; params: object }) => {
    if (method === 'notifications/message') logs.push(params);
  };
  const call: Call = (name, steps, { meta, ...options } = {}) => {
    const params = { name, arguments: { steps }, ...(meta ? { _meta: { ...meta } } : {}) };
    return client instanceof V2Client ? client.callTool(params, options) : client.callTool(params, undefined, options);
  };
  return { call, logs, errors, setLevel: (level) => client.setLoggingLevel(level), close: () => client.close() };
}

async function modernClient({ mcpUrl }: Fixture) {
  const client = new V2Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new V2Http(mcpUrl));
  return client;
}

describe.each([
  ['sdk v1, HTTP+SSE', sseClient],
  ['sdk v1, Streamable HTTP with a session', httpClient],
  ['sdk v1, Streamable HTTP without', () => httpClient(sessionless)],
  ['client v2, 2026-07-28', modernClient],
] as const)('%s', (_, connect) => {
  let client: Listener;
  beforeAll(async () => {
    client = listener(await connect(fixture));
  });
  afterAll(() => client?.close());

  test('hears of progress while the function runs, and then gets all that it gave', async () => {
    const started = Date.now();
    const seen: Array<{ progress: number; at: number }> = [];
    const result = await client.call(
      'stream',
      [
        progress(1, { total: 3, message: 'first' }),
        600,
        { content: [text('a')] },
        progress(2, { total: 3 }),
        progress(3),
        { result: 'b' },
      ],
      { onprogress: (each) => seen.push({ ...(each as { progress: number }), at: Date.now() - started }) },
    );
    expect(result.content).toEqual([text('a'), text('b')]);
    expect(seen.map(({ at: _at, ...each }) => each)).toEqual([
      { progress: 1, total: 3, message: 'first' },
      { progress: 2, total: 3 },
      { progress: 3 },
    ]);
    expect(seen[1]!.at - seen[0]!.at).toBeGreaterThan(400);
    expect(client.errors).toEqual([]);
  });

  test('is not told what it did not ask for', async () => {
    const result = await client.call('stream', [progress(1), log('emergency', 'fire'), { result: 'ok' }]);
    expect(result.content).toEqual([text('ok')]);
    expect([client.logs, client.errors]).toEqual([[], []]);
  });

  test('a bad line and an error are error results', async () => {
    const bad = await client.call('stream', [progress(1), 'and now for something else\n', { result: 'ok' }]);
    expect(bad).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^line 2 of the function's stream/) }],
    });
    const failed = await client.call('stream', [progress(1), { error: 'out of paper' }]);
    expect(failed).toMatchObject({ isError: true, content: [text('out of paper')] });
  });

  test('a text is a text', async () => {
    expect((await client.call('stream', ['once upon ', 50, 'a time'])).content).toEqual([text('once upon a time')]);
  });

  test('waits no longer than the tool’s time, whatever comes meanwhile', async () => {
    const steps = Array.from({ length: 30 }, (_, n) => [progress(n + 1), 100]).flat();
    const seen: object[] = [];
    const result = await client.call('hasty', steps, { onprogress: (each) => seen.push(each) });
    expect(result).toMatchObject({ isError: true, content: [text('no answer within 1 s')] });
    expect(seen.length).toBeGreaterThan(2);
  });

  test('may cancel in the middle', async () => {
    const stop = new AbortController();
    const steps = Array.from({ length: 30 }, (_, n) => [progress(n + 1), 100]).flat();
    const call = client.call('stream', steps, { signal: stop.signal, onprogress: () => stop.abort('enough') });
    await expect(call).rejects.toThrow();
    expect((await client.call('stream', [{ result: 'on' }])).content).toEqual([text('on')]);
  });
});

describe('log messages', () => {
  const steps = [log('debug', 'a'), log('warning', { b: 1 }), log('error', 'c'), { result: 'ok' }];

  test.each([
    ['HTTP+SSE', sseClient],
    ['Streamable HTTP', httpClient],
  ])('over %s, from the level on that was set for the session', async (_, connect) => {
    const client = listener(await connect(fixture));
    await client.setLevel('warning');
    await client.call('stream', steps);
    expect(client.logs).toEqual([
      { level: 'warning', data: { b: 1 } },
      { level: 'error', data: 'c' },
    ]);
    await client.close();
  });

  test('to a 2026-07-28 client, from the level on that the request names', async () => {
    const client = listener(await modernClient(fixture));
    await client.call('stream', steps, { meta: { 'io.modelcontextprotocol/logLevel': 'error' } });
    expect(client.logs).toEqual([{ level: 'error', data: 'c' }]);
    await client.close();
  });

  test('not to a 2025 client without a session: what it set is not remembered', async () => {
    const client = listener(await httpClient(sessionless));
    await client.setLevel('debug');
    await client.call('stream', steps);
    expect(client.logs).toEqual([]);
    await client.close();
  });
});
