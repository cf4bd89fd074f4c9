import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { SessionStore } from '../../../lambda/sse/store.js';
import { ENV } from '../../../src/private/contract.js';
import { type SseHost, startSseHost } from '../../support/sse-host.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { tool } from '../mcp/registrations.js';
import { RawClient } from './raw-client.js';
import { startTestServer, type TestServer, until } from './sessions.js';

/** Short enough for a test, long enough for a busy machine. */
const DEFAULTS = {
  [ENV.PING_SECONDS]: '0.4',
  [ENV.IDLE_SECONDS]: '60',
  [ENV.MAX_SESSION_SECONDS]: '60',
  [ENV.MAX_SESSIONS]: '10',
};

/** A server with functions behind `/sse` and `/message`, for the tests of one file. */
export class SessionFixture {
  server!: TestServer;
  host!: SseHost;
  private functions!: { stop(): Promise<void> };
  private readonly undo: Array<() => unknown> = [];

  /** Call at module scope. */
  constructor() {
    beforeAll(() => this.start());
    beforeEach(() => this.set(DEFAULTS));
    afterEach(() => this.checkNothingIsLeft());
    afterAll(() => this.stop());
  }

  /** Environment variables for the sessions opened from now on, to the end of the test. */
  set(variables: Record<string, string>): void {
    Object.assign(process.env, variables);
  }

  /** Does something at the end of the test, before it is looked at what is left. */
  atEnd(step: () => unknown): void {
    this.undo.push(step);
  }

  /** The official client, connected. With `elicit` it has that capability. */
  async connect(elicit?: (message: string) => Record<string, string>): Promise<Client> {
    const client = new Client({ name: 'test', version: '1' }, { capabilities: elicit ? { elicitation: {} } : {} });
    if (elicit) {
      client.setRequestHandler(ElicitRequestSchema, ({ params }) => ({
        action: 'accept',
        content: elicit(params.message),
      }));
    }
    this.atEnd(() => client.close());
    await client.connect(new SSEClientTransport(this.host.url));
    return client;
  }

  /** A client that does nothing by itself. */
  async connectRaw(headers: Record<string, string> = {}, url = this.host.url): Promise<RawClient> {
    const raw = await RawClient.connect(url, headers);
    this.atEnd(() => raw.vanish());
    await until(() => raw.endpoint);
    return raw;
  }

  /** Answers every ping to the client that does nothing else. */
  answerPings(raw: RawClient, reply: object = { result: {} }): void {
    const answered = new Set<string>();
    const timer = setInterval(() => {
      for (const { id, method } of raw.messages) {
        if (method !== 'ping' || answered.has(id)) continue;
        answered.add(id);
        raw.post({ jsonrpc: '2.0', id, ...reply }).catch(() => undefined);
      }
    }, 30);
    this.atEnd(() => clearInterval(timer));
  }

  /** The record id of a client's session. */
  idOf(raw: RawClient): string {
    return new URL(raw.endpoint!, this.host.url).searchParams.get('sessionId')!;
  }

  private async start(): Promise<void> {
    this.server = await startTestServer();
    this.functions = await startFunctions(['answer', 'slow', 'reflect', 'ask']);
    const request = { payload: 'REQUEST', asksClient: ['elicitation'] } as const;
    await this.server.tables.register(
      tool('answer', { lambdaArn: functionArn('answer') }),
      tool('slow', { lambdaArn: functionArn('slow') }),
      tool('reflect', { lambdaArn: functionArn('reflect'), ...request }),
      tool('ask', { lambdaArn: functionArn('ask'), ...request }),
    );
    this.host = await startSseHost();
  }

  /** Whatever way a session ended: no function runs, no queue, no record. */
  private async checkNothingIsLeft(): Promise<void> {
    for (const step of this.undo.splice(0)) await step();
    await until(() => this.host.running() === 0, 10_000);
    expect(await this.server.queues()).toEqual([]);
    expect(await new SessionStore().countLive(0)).toBe(0);
  }

  private async stop(): Promise<void> {
    await this.host.close();
    await this.functions.stop();
    await this.server.stop();
  }
}

export const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

export function callOf(id: number, name: string, args: object = {}) {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } };
}

/** The text of a tool's result. */
export function textOf(result: unknown): string {
  return (result as { content: Array<{ text: string }> }).content[0]!.text;
}

/** The answer to the request with that id. */
export function answerTo(raw: RawClient, id: number): any {
  return raw.messages.find((message) => message.id === id && message.method === undefined);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
