/** The public handlers, in this process, with embedded DynamoDB and SQS servers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context, StreamifyHandler } from 'aws-lambda';
import type { FunctionUrlEvent } from '../../lambda/shared/function-url.js';
import { AUTHORIZATION, CUSTOM_RESOURCE, ENV } from '../../src/private/contract.js';
import { functionArn } from '../lambda/mcp/functions.js';
import { prompt, resource, tool } from '../lambda/mcp/registrations.js';
import { Tables } from '../lambda/mcp/tables.js';
import { functionUrlEvent, proxyEvent } from '../lambda/shared/events.js';
import { type EmbeddedAws, startEmbeddedAws } from '../support/embedded.js';
import { installRuntime } from '../support/streaming-host.js';
import { NORMAL, startFakeLambda } from './fake-lambda.js';
import { Random } from './random.js';
import { type FuzzRequest, mcpRequest, message, messageRequest, registration } from './requests.js';
import { damaged, deep, json, object, text } from './values.js';

/** A response of a handler, as text. */
export interface FuzzResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

type Event = APIGatewayProxyEvent | FunctionUrlEvent;
type Handler = (event: Event) => Promise<APIGatewayProxyResult>;
type StreamHandler = StreamifyHandler<Event, void>;

const ARN = functionArn('fuzz');
/** Time that the response to a case may take, milliseconds. Streams that stay open end by then. */
const REMAINING_MS = 2_000;
const ANSWER_MS = 9_000;
const JSON_HEADERS = { Accept: 'application/json, text/event-stream', 'Content-Type': 'application/json' };

/** Runs cases. Throws if a handler throws, or a normal request afterwards fails. */
export class Targets {
  private httpSession = '';
  private sseSession?: { id: string; queueUrl: string; written: string };
  private checks = 0;
  private sseTurn: Promise<unknown> = Promise.resolve();
  private readonly cloudFormationAnswers = new Map<string, string>();

  private constructor(
    private readonly seed: number,
    private readonly aws: EmbeddedAws,
    private readonly handlers: {
      readonly http: StreamHandler;
      readonly sse: StreamHandler;
      readonly message: Handler;
      readonly register: Handler;
      readonly provider: (event: never, context: Context) => Promise<void>;
      readonly taskRunner: (event: never, context: Context) => Promise<void>;
    },
    private readonly responseUrl: string,
  ) {}

  /** @param onBackgroundError receives errors of task runs */
  static async start(seed: number, onBackgroundError: (error: unknown) => void): Promise<Targets> {
    installRuntime();
    const aws = await startEmbeddedAws();
    let targets: Targets | undefined;
    const runTask = (event: unknown) =>
      targets?.handlers.taskRunner(event as never, context(13_000, functionArn('runner'))).catch(onBackgroundError);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_LAMBDA: await startFakeLambda(seed, runTask),
      [ENV.AUTHORIZATION]: AUTHORIZATION.NONE, // otherwise most requests are rejected for their missing identity
      [ENV.SERVER_ID]: 'mcp-0a1b2c3d-4e5f6071',
      [ENV.SERVER_INFO]: JSON.stringify({ name: 'fuzz', version: '1' }),
      [ENV.RUNTIME_ROLE_ARN]: 'arn:aws:iam::123456789012:role/runtime',
      [ENV.OWN_FUNCTIONS]: '[]',
      [ENV.TASK_RUNNER_ARN]: functionArn('runner'),
      [ENV.HTTP_SESSIONS]: '1',
      [ENV.NOTIFICATIONS]: '1',
      [ENV.MAX_LISTENERS]: '10000',
      [ENV.PING_SECONDS]: '600',
      [ENV.IDLE_SECONDS]: '800',
    });
    const tables = new Tables(aws.dynamoDb, 'fuzz');
    await tables.create();
    await tables.register(...registrations());
    const cloudFormation = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      targets?.cloudFormationAnswers.set(request.url!.slice(1), Buffer.concat(chunks).toString('utf8'));
      response.end();
    });
    await new Promise<void>((listening) => cloudFormation.listen(0, '127.0.0.1', listening));
    const { handler: http } = await import('../../lambda/http/index.js');
    const { handler: sse } = await import('../../lambda/sse/index.js');
    const { handler: messages } = await import('../../lambda/message/index.js');
    const { handler: register, provider } = await import('../../lambda/registration/index.js');
    const { handler: taskRunner } = await import('../../lambda/task-runner/index.js');
    const url = `http://127.0.0.1:${(cloudFormation.address() as AddressInfo).port}`;
    targets = new Targets(seed, aws, { http, sse, message: messages, register, provider, taskRunner } as never, url);
    await targets.openHttpSession();
    return targets;
  }

  /** The handler that a case is for. */
  static targetOf(caseId: number): 'mcp' | 'message' | 'queue' | 'register' | 'provider' | 'taskRunner' {
    const turn = caseId % 20;
    if (turn < 10) return 'mcp';
    if (turn < 12) return 'message';
    if (turn < 14) return 'queue';
    if (turn < 17) return 'register';
    return turn < 19 ? 'provider' : 'taskRunner';
  }

  /** Runs a case. `record` receives the input. */
  async run(caseId: number, record: (input: unknown) => void): Promise<FuzzResponse> {
    const r = new Random(this.seed + caseId);
    const target = Targets.targetOf(caseId);
    switch (target) {
      case 'mcp':
        return this.runMcp(r, caseId, record);
      case 'message':
      case 'queue':
        // the session handles one message after the other
        this.sseTurn = this.sseTurn.catch(() => undefined).then(() => this.runSse(r, caseId, target, record));
        return this.sseTurn as Promise<FuzzResponse>;
      case 'register':
        return this.runRegister(r, record);
      case 'provider':
        return this.runProvider(r, caseId, record);
      case 'taskRunner': {
        const event = { taskId: r.pick([text(r), '0'.repeat(32), 'x'.repeat(3_000)]), run: r.upTo(2) };
        record(event);
        await this.handlers.taskRunner(event as never, context(13_000, functionArn('runner')));
        return { status: 200, headers: {}, body: '' };
      }
    }
  }

  private async runMcp(r: Random, caseId: number, record: (input: unknown) => void): Promise<FuzzResponse> {
    const request = mcpRequest(r, caseId, this.httpSession);
    record(request);
    const event =
      caseId % 3 === 0 ? urlEventOf(r.chance(0.9) ? '/mcp' : `/${text(r)}`, request) : eventOf('/mcp', request);
    const response = await stream(this.handlers.http, event, REMAINING_MS);
    if (request.method === 'DELETE' && response.status === 204) await this.openHttpSession();
    if (r.chance(0.3)) {
      const params = { name: 'plain', arguments: {}, _meta: {} };
      const normal = await this.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }, {});
      if (!normal.body.includes(JSON.stringify(NORMAL).slice(1, -1))) {
        throw new Error(`a normal request afterwards fails: ${normal.status} ${normal.body.slice(0, 500)}`);
      }
    }
    return response;
  }

  private async openHttpSession(): Promise<void> {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: { elicitation: {} },
      clientInfo: { name: 'fuzz', version: '1' },
    };
    const { headers, body } = await this.post({ jsonrpc: '2.0', id: 0, method: 'initialize', params }, {});
    const id = headers['mcp-session-id'];
    if (!id) throw new Error(`cannot initialize: ${body}`);
    this.httpSession = id;
  }

  private post(body: object, headers: Record<string, string>): Promise<FuzzResponse> {
    const request = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { ...JSON_HEADERS, ...headers },
      query: null,
      base64: false,
    };
    return stream(this.handlers.http, eventOf('/mcp', request), 60_000);
  }

  private async runSse(
    r: Random,
    caseId: number,
    target: 'message' | 'queue',
    record: (input: unknown) => void,
  ): Promise<FuzzResponse> {
    const session = await this.openSseSession();
    const from = session.written.length;
    let response: FuzzResponse = { status: 200, headers: {}, body: '' };
    if (target === 'message') {
      const request = messageRequest(r, caseId, session.id);
      record(request);
      response = toResponse(await this.handlers.message(eventOf('/message', request)));
    } else {
      const body = r.chance(0.85) ? message(r, caseId, false) : r.pick([json(r), deep(r), damaged(r, object(r))]);
      const MessageBody = body.replace(/[^\t\n\r\x20-\x7e]/g, '?') || '?';
      record({ queue: MessageBody });
      const attributes = {
        batchId: { DataType: 'String', StringValue: 'b' },
        batchSize: { DataType: 'String', StringValue: String(r.pick([0, 1, -1, '1e9'])) },
      };
      await this.aws.sqs.send(
        new SendMessageCommand({
          QueueUrl: session.queueUrl,
          MessageBody,
          MessageGroupId: 'session',
          MessageDeduplicationId: `fuzz-${caseId}-${Math.random()}`,
          ...(r.chance(0.1) ? { MessageAttributes: attributes } : {}),
        }),
      );
    }
    // the session has handled the message when it responds to the next one
    this.checks += 1;
    const check = `check-${this.checks}`;
    const ping = {
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '2.0', id: check, method: 'ping' }),
      headers: JSON_HEADERS,
      query: { sessionId: session.id },
      base64: false,
    };
    const accepted = await this.handlers.message(eventOf('/message', ping));
    if (accepted.statusCode !== 202) throw new Error(`the session does not accept messages: ${accepted.body}`);
    const end = Date.now() + ANSWER_MS;
    while (!session.written.includes(`"${check}"`, from)) {
      if (Date.now() > end) throw new Error('the session does not respond to a ping');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const body = session.written.slice(from);
    session.written = '';
    return { ...response, body: `${response.body}\n${body}` };
  }

  private async openSseSession() {
    if (this.sseSession) return this.sseSession;
    const session = { id: '', queueUrl: '', written: '' };
    const body = new Writable({
      write(chunk: Buffer, _encoding, done) {
        session.written += chunk.toString('utf8');
        done();
      },
    });
    const event = eventOf('/sse', { method: 'GET', body: null, headers: {}, query: null, base64: false });
    void Promise.resolve(this.handlers.sse(event, body as never, context(840_000))).finally(() => {
      this.sseSession = undefined;
    });
    while (!session.written.includes('sessionId=')) await new Promise((resolve) => setTimeout(resolve, 5));
    session.id = /sessionId=(\w+)/.exec(session.written)![1]!;
    const { SessionStore } = await import('../../lambda/sse/store.js');
    session.queueUrl = (await new SessionStore().find(session.id))!.queueUrl;
    session.written = '';
    this.sseSession = session;
    return session;
  }

  private async runRegister(r: Random, record: (input: unknown) => void): Promise<FuzzResponse> {
    const method = r.pick(['POST', 'POST', 'POST', 'POST', 'PUT', 'GET', 'DELETE']);
    const id =
      method === 'POST' ? undefined : r.pick([undefined, 'tool-n1', 'prompt-n2', text(r), 'tool-'.repeat(600)]);
    const query = r.chance(0.3)
      ? { cursor: r.pick([text(r), 'dG9vbC1uMQ']), type: r.pick(['tool', 'constructor']) }
      : null;
    const body = method === 'GET' || method === 'DELETE' ? null : registration(r, ARN);
    const headers: Record<string, string> = r.chance(0.2) ? { 'If-Match': text(r) } : {};
    const request = { method, body, headers, query, base64: r.chance(0.05) };
    record({ ...request, id });
    const event = r.chance(0.3)
      ? urlEventOf(id === undefined ? '/register' : `/register/${id}`, request)
      : {
          ...eventOf(id === undefined ? '/register' : '/register/{id}', request),
          pathParameters: id === undefined ? null : { id },
        };
    const response = toResponse(await this.handlers.register(event));
    const list = toResponse(
      await this.handlers.register(eventOf('/register', { ...request, method: 'GET', body: null, query: null })),
    );
    if (list.status !== 200)
      throw new Error(`a normal request afterwards fails: ${list.status} ${list.body.slice(0, 500)}`);
    return response;
  }

  private async runProvider(r: Random, caseId: number, record: (input: unknown) => void): Promise<FuzzResponse> {
    const properties = () => ({
      Definition: r.chance(0.9) ? registration(r, undefined) : safeJson(json(r)),
      FunctionArn: r.chance(0.9) ? ARN : safeJson(json(r)),
      ...(r.chance(0.1) ? { CompletionFunctionArn: safeJson(json(r)) } : {}),
    });
    const event = {
      RequestType: r.pick(['Create', 'Create', 'Update', 'Delete']),
      StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/shop/0a1b',
      RequestId: `r-${caseId}`,
      LogicalResourceId: r.pick(['Tool', text(r)]),
      PhysicalResourceId: r.pick(['mcp-0a1b2c3d-4e5f6071/tool-n1', text(r), 'x/tool-'.repeat(300)]),
      ResourceType: r.pick([CUSTOM_RESOURCE.TOOL, CUSTOM_RESOURCE.RESOURCE]),
      ResponseURL: `${this.responseUrl}/${caseId}`,
      ResourceProperties: properties(),
      OldResourceProperties: properties(),
    };
    record(event);
    await this.handlers.provider(event as never, context(60_000));
    const answer = this.cloudFormationAnswers.get(String(caseId));
    this.cloudFormationAnswers.delete(String(caseId));
    if (answer === undefined) throw new Error('CloudFormation received no response');
    return { status: 200, headers: {}, body: answer };
  }
}

function registrations() {
  const lambdaArn = ARN;
  const updatedAt = '2026-01-01T00:00:00.000Z';
  const make = (name: string, more: object = {}) => ({
    ...tool(name, { lambdaArn, timeoutSeconds: 3, ...more }),
    updatedAt,
  });
  const slow = { type: 'string', pattern: '^(a+)+$' };
  const http = {
    method: 'POST',
    path: '/orders/{id}',
    query: ['x', { name: 'lines', style: 'deepObject' }],
    headers: ['page'],
  };
  return [
    make('plain', { toolsets: ['some'] }),
    make('schema', {
      inputSchema: {
        type: 'object',
        properties: { slow, x: { type: 'string', format: 'url' }, lines: { uniqueItems: true } },
      },
    }),
    make('request', { event: { type: 'request' }, asksClient: ['elicitation', 'sampling', 'roots'] }),
    make('http', { event: { type: 'httpApi', ...http } }),
    make('api', { event: { type: 'apiGateway', ...http, body: { type: 'rest' } } }),
    make('sqs', { event: { type: 'sqs' } }),
    make('bedrock', { event: { type: 'bedrockAgent', actionGroup: 'a', function: 'f' } }),
    make('appsync', { event: { type: 'appSync', typeName: 'Query', fieldName: 'f' } }),
    make('template', {
      event: {
        type: 'template',
        template: { a: '{{arguments.x}}', b: ['<{{arguments.constructor}}>', '{{arguments}}'] },
      },
    }),
    make('stream', { invokeMode: 'RESPONSE_STREAM', event: { type: 'request' } }),
    make('task', { event: { type: 'request' }, taskSupport: 'optional', asksClient: ['elicitation'] }),
    make('output', { outputSchema: { type: 'object', properties: { slow, x: { uniqueItems: true } } } }),
    resource('page', { lambdaArn, uri: 'docs://a', toolsets: ['some'] }),
    resource('pages', { lambdaArn, uriTemplate: 'page://{year}-{month}-{day}', listable: true }),
    resource('all', { lambdaArn, uriTemplate: 'docs://{a}', completions: { a: ['x'] } }),
    prompt('greet', { lambdaArn, arguments: [{ name: 'name' }], completions: { name: ['a', 'b'] } }),
  ];
}

function eventOf(resource: string, request: FuzzRequest): APIGatewayProxyEvent {
  const { method, body, headers, query, base64, toolset } = request;
  return proxyEvent({
    resource,
    path: resource,
    httpMethod: method,
    pathParameters: toolset === undefined ? null : { toolset },
    headers: { Host: 'api.example.com', ...headers },
    queryStringParameters: query,
    body: body !== null && base64 ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded: body !== null && base64,
    requestContext: { path: `/prod${resource}`, requestId: crypto.randomUUID(), domainName: 'api.example.com' },
  });
}

/** The same request, as a function URL passes it on. */
function urlEventOf(path: string, { method, body, headers, query, base64 }: FuzzRequest): FunctionUrlEvent {
  return functionUrlEvent({
    method,
    rawPath: encodeURI(Buffer.from(path).toString()), // without lone surrogates, which no path contains
    rawQueryString: new URLSearchParams(query ?? {}).toString(),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    ...(body !== null && { body: base64 ? Buffer.from(body).toString('base64') : body }),
    isBase64Encoded: body !== null && base64,
  });
}

/** Invokes a streaming handler and collects its response. */
async function stream(handler: StreamHandler, event: Event, remainingMs: number): Promise<FuzzResponse> {
  const chunks: Buffer[] = [];
  const body = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  }) as Writable & { prelude?: { statusCode: number; headers?: Record<string, string> } };
  await handler(event, body as never, context(remainingMs));
  const { statusCode = 0, headers = {} } = body.prelude ?? {};
  return { status: statusCode, headers, body: Buffer.concat(chunks).toString('utf8') };
}

function toResponse({ statusCode, headers, body }: APIGatewayProxyResult): FuzzResponse {
  return { status: statusCode, headers: headers as Record<string, string>, body };
}

function context(remainingMs: number, invokedFunctionArn = ''): Context {
  const end = Date.now() + remainingMs;
  return { getRemainingTimeInMillis: () => end - Date.now(), invokedFunctionArn } as Context;
}

function safeJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
