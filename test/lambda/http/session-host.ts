import { ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, type ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { ENV } from '../../../src/private/contract.js';
import { type EmbeddedAws, startEmbeddedAws } from '../../support/embedded.js';
import { type StreamingHost, startStreamingHost } from '../../support/streaming-host.js';
import { functionArn, startFunctions } from '../mcp/functions.js';
import { tool } from '../mcp/registrations.js';
import { Tables } from '../mcp/tables.js';

export let aws: EmbeddedAws;
export let tables: Tables;
let functions: { stop(): Promise<void> };
export let host: StreamingHost;
export const closing: Array<() => Promise<unknown>> = [];
export const load = async () => (await import('../../../lambda/http/index.js')).handler;

beforeAll(async () => {
  aws = await startEmbeddedAws();
  tables = new Tables(aws.dynamoDb, 'http-sessions');
  await tables.create();
  process.env[ENV.SERVER_INFO] = JSON.stringify({ name: 'orders', version: '1.2.3' });
  process.env[ENV.HTTP_SESSIONS] = 'on';
  functions = await startFunctions(['reflect', 'slow', 'ask', 'consult']);
  await tables.register(
    tool('request', { lambdaArn: functionArn('reflect'), event: { type: 'request' } }),
    tool('slow', { lambdaArn: functionArn('slow') }),
    tool('ask', { lambdaArn: functionArn('ask'), event: { type: 'request' }, asksClient: ['elicitation'] }),
    tool('consult', {
      lambdaArn: functionArn('consult'),
      event: { type: 'request' },
      asksClient: ['sampling', 'roots'],
    }),
  );
  host = await startStreamingHost('/mcp', load);
});
afterAll(async () => {
  await host.close();
  await functions.stop();
  await aws.stop();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  delete process.env[ENV.ANSWER_SECONDS];
});

export type Respond = (message: string) => ElicitResult | Promise<ElicitResult>;
export const accept = (content: Record<string, string>): ElicitResult => ({ action: 'accept', content });
export const friendly: Respond = (message) => accept(message === 'Your name?' ? { name: 'Ann' } : { colour: 'red' });

export async function connect(respond: Respond = friendly, headers: Record<string, string> = {}) {
  const client = new Client({ name: 'v1', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => respond(params.message));
  const transport = new StreamableHTTPClientTransport(host.url, { requestInit: { headers } });
  await client.connect(transport as never);
  closing.push(() => client.close());
  return { client, transport, sessionId: transport.sessionId! };
}

export const jsonHeaders = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
export const request = (id: unknown, method: string, params: object = {}) => ({ jsonrpc: '2.0', id, method, params });
export const initializing = request(0, 'initialize', {
  protocolVersion: '2025-11-25',
  capabilities: { elicitation: {} },
  clientInfo: { name: 'raw', version: '1' },
});

export const post = (body: unknown, headers: Record<string, string> = {}, url = host.url) =>
  fetch(url, { method: 'POST', headers: { ...jsonHeaders, ...headers }, body: JSON.stringify(body) });

/** Opens a session without an SDK. */
export async function open(headers: Record<string, string> = {}) {
  const response = await post(initializing, headers);
  const id = response.headers.get('mcp-session-id')!;
  const sessionHeaders = { ...headers, 'mcp-session-id': id };
  return { id, post: (body: unknown, more: Record<string, string> = {}) => post(body, { ...sessionHeaders, ...more }) };
}

/** Reads the messages of an event stream. */
export async function* messages(response: Response): AsyncGenerator<any> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream() as never)) {
    text += chunk;
    const events = text.split('\n\n');
    text = events.pop()!;
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data) yield JSON.parse(data);
    }
  }
}

export async function rest(stream: AsyncGenerator<any>): Promise<any[]> {
  const all = [];
  for await (const message of stream) all.push(message);
  return all;
}

export const itemsOf = async (id: string) => {
  const { Items = [] } = await aws.dynamoDb.send(new ScanCommand({ TableName: tables.sessions }));
  return Items.map((item) => unmarshall(item)).filter(({ pk }) => pk === `http#${id}`);
};

export async function expire(id: string, inSeconds: number): Promise<void> {
  await aws.dynamoDb.send(
    new UpdateItemCommand({
      TableName: tables.sessions,
      Key: marshall({ pk: `http#${id}`, sk: 'session' }),
      UpdateExpression: 'SET expiresAt = :at',
      ExpressionAttributeValues: marshall({ ':at': Math.floor(Date.now() / 1000) + inSeconds }),
    }),
  );
}
