import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    server.addTool(fn('stream'), { name: 'stream_with_timeout', ...stream, timeout: Duration.seconds(3) });
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

/** A connected client with the log messages and errors it has received. */
interface RecordingClient {
  readonly call: Call;
  setLevel(level: string): Promise<unknown>;
  readonly logs: object[];
  readonly errors: Error[];
  close(): Promise<void>;
}

function recording(client: any): RecordingClient {
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
  ['sdk v1, Streamable HTTP without a session', () => httpClient(sessionless)],
  ['client v2, 2026-07-28', modernClient],
] as const)('%s', (_, connect) => {
  let client: RecordingClient;
  beforeAll(async () => {
    client = recording(await connect(fixture));
  });
  afterAll(() => client?.close());

  test('receives progress while the function runs, then the complete result', async () => {
    const waitFor = join(mkdtempSync(join(tmpdir(), 'stream-')), 'first-progress');
    const received: object[] = [];
    const result = await client.call(
      'stream',
      [
        progress(1, { total: 3, message: 'first' }),
        { waitFor }, // the function cannot finish before the client has received the first progress
        { content: [text('a')] },
        progress(2, { total: 3 }),
        progress(3),
        { result: 'b' },
      ],
      {
        onprogress: (each) => {
          received.push(each);
          writeFileSync(waitFor, '');
        },
      },
    );
    expect(result.content).toEqual([text('a'), text('b')]);
    expect(received).toEqual([{ progress: 1, total: 3, message: 'first' }, { progress: 2, total: 3 }, { progress: 3 }]);
    expect(client.errors).toEqual([]);
  });

  test('receives no progress or log messages that it did not request', async () => {
    const result = await client.call('stream', [progress(1), log('emergency', 'fire'), { result: 'ok' }]);
    expect(result.content).toEqual([text('ok')]);
    expect([client.logs, client.errors]).toEqual([[], []]);
  });

  test('returns an error result for an invalid line and for an error', async () => {
    const invalid = await client.call('stream', [progress(1), 'and now for something else\n', { result: 'ok' }]);
    expect(invalid).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^line 2 of the response stream/) }],
    });
    const failed = await client.call('stream', [progress(1), { error: 'out of paper' }]);
    expect(failed).toMatchObject({ isError: true, content: [text('out of paper')] });
  });

  test('returns plain text as text', async () => {
    expect((await client.call('stream', ['once upon ', 50, 'a time'])).content).toEqual([text('once upon a time')]);
  });

  test('applies the timeout of the tool although it sends progress', async () => {
    const steps = Array.from({ length: 300 }, (_, n) => [progress(n + 1), 50]).flat();
    const received: object[] = [];
    const result = await client.call('stream_with_timeout', steps, { onprogress: (each) => received.push(each) });
    expect(result).toMatchObject({ isError: true, content: [text('no response within 3 s')] });
    expect(received.length).toBeGreaterThan(2);
  });

  test('cancels a running call', async () => {
    const stop = new AbortController();
    const steps = Array.from({ length: 30 }, (_, n) => [progress(n + 1), 100]).flat();
    const call = client.call('stream', steps, {
      signal: stop.signal,
      onprogress: () => stop.abort('cancelled by the user'),
    });
    await expect(call).rejects.toThrow();
    expect((await client.call('stream', [{ result: 'on' }])).content).toEqual([text('on')]);
  });
});

describe('log messages', () => {
  const steps = [log('debug', 'a'), log('warning', { b: 1 }), log('error', 'c'), { result: 'ok' }];

  test.each([
    ['HTTP+SSE', sseClient],
    ['Streamable HTTP', httpClient],
  ])('over %s, respects the level of the session', async (_, connect) => {
    const client = recording(await connect(fixture));
    await client.setLevel('warning');
    await client.call('stream', steps);
    expect(client.logs).toEqual([
      { level: 'warning', data: { b: 1 } },
      { level: 'error', data: 'c' },
    ]);
    await client.close();
  });

  test('respects the level in the request of a 2026-07-28 client', async () => {
    const client = recording(await modernClient(fixture));
    await client.call('stream', steps, { meta: { 'io.modelcontextprotocol/logLevel': 'error' } });
    expect(client.logs).toEqual([{ level: 'error', data: 'c' }]);
    await client.close();
  });

  test('sends none to a 2025 client without a session, because its level is not stored', async () => {
    const client = recording(await httpClient(sessionless));
    await client.setLevel('debug');
    await client.call('stream', steps);
    expect(client.logs).toEqual([]);
    await client.close();
  });
});
