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

/** A server with `/sse`, `/message` and registered tools, for the tests of one file. */
export class SessionFixture {
  server!: TestServer;
  host!: SseHost;
  private functions!: { stop(): Promise<void> };
  private readonly cleanUpSteps: Array<() => unknown> = [];

  /** Call at module scope. */
  constructor() {
    beforeAll(() => this.start());
    beforeEach(() => this.set(DEFAULTS));
    afterEach(() => this.checkNothingLeft());
    afterAll(() => this.stop());
  }

  /** Sets environment variables for the sessions that the test opens from here on. */
  set(variables: Record<string, string>): void {
    Object.assign(process.env, variables);
  }

  /** Registers a clean-up step. It runs after the test, before the check for leftovers. */
  atEnd(step: () => unknown): void {
    this.cleanUpSteps.push(step);
  }

  /** Connects the official client. With `elicit` it declares that capability. */
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

  /** Connects a client that does not answer pings. */
  async connectRaw(headers: Record<string, string> = {}, url = this.host.url): Promise<RawClient> {
    const raw = await RawClient.connect(url, headers);
    this.atEnd(() => raw.disconnect());
    await until(() => raw.endpoint);
    return raw;
  }

  /** Answers the pings to a raw client until the test ends. */
  answerPings(raw: RawClient, response: object = { result: {} }, headers: Record<string, string> = {}): void {
    const answeredIds = new Set<string>();
    const timer = setInterval(() => {
      for (const { id, method } of raw.messages) {
        if (method !== 'ping' || answeredIds.has(id)) continue;
        answeredIds.add(id);
        raw.post({ jsonrpc: '2.0', id, ...response }, headers).catch(() => undefined);
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
    const request = { event: { type: 'request' }, asksClient: ['elicitation'] } as const;
    await this.server.tables.register(
      tool('answer', { lambdaArn: functionArn('answer') }),
      tool('slow', { lambdaArn: functionArn('slow') }),
      tool('reflect', { lambdaArn: functionArn('reflect'), ...request }),
      tool('ask', { lambdaArn: functionArn('ask'), ...request }),
    );
    this.host = await startSseHost();
  }

  /** Checks that no function is running, and that no queue or record is left. */
  private async checkNothingLeft(): Promise<void> {
    for (const step of this.cleanUpSteps.splice(0)) await step();
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

/** The response to the request with that id. */
export function responseTo(raw: RawClient, id: number): any {
  return raw.messages.find((message) => message.id === id && message.method === undefined);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
