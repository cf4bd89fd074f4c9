import { setTimeout as sleep } from 'node:timers/promises';
import { events } from '../connect/event-stream.js';
import { type Message, ProtocolHeaders } from '../connect/protocol-headers.js';
import { version } from '../version.js';
import type { DeployedServer } from './deployed-server.js';
import { Failure } from './failure.js';

/** The revision without sessions, which every server of this library speaks. */
const REVISION = '2026-07-28';
const TASKS = 'io.modelcontextprotocol/tasks';
/** Code of the error for a client without a capability that the request requires. */
const MISSING_CAPABILITY = -32021;
/** Default interval of requests for the status of a task, in milliseconds. */
const TASK_POLL_MS = 1_000;

type Json = Record<string, any>;

export interface CallOptions {
  /** Receives progress of the call, and the status of a task. */
  readonly onProgress?: (text: string) => void;
}

/** An MCP client for single requests. */
export class McpClient {
  private readonly headers = new ProtocolHeaders();
  private id = 0;

  constructor(private readonly server: DeployedServer) {}

  /** Returns server information, protocol revisions and capabilities. */
  discover(): Promise<Json> {
    return this.request('server/discover', {});
  }

  /** Returns all items of a list. */
  async list(kind: 'tools' | 'resources' | 'resources/templates' | 'prompts'): Promise<Json[]> {
    const member = kind === 'resources/templates' ? 'resourceTemplates' : kind;
    const items: Json[] = [];
    let cursor: string | undefined;
    do {
      const result = await this.request(`${kind}/list`, cursor === undefined ? {} : { cursor });
      items.push(...(result[member] ?? []));
      cursor = result.nextCursor;
    } while (cursor !== undefined);
    return items;
  }

  /** Calls a tool. Waits for the result of a task. */
  async callTool(name: string, args: Json, options: CallOptions = {}): Promise<Json> {
    const result = await this.request('tools/call', { name, arguments: args }, options);
    return result.resultType === 'task' ? this.taskResult(result, options) : answered(result, `the tool ${name}`);
  }

  async readResource(uri: string, options?: CallOptions): Promise<Json> {
    return answered(await this.request('resources/read', { uri }, options), `the resource ${uri}`);
  }

  async getPrompt(name: string, args: Json, options?: CallOptions): Promise<Json> {
    return answered(await this.request('prompts/get', { name, arguments: args }, options), `the prompt ${name}`);
  }

  private async taskResult(task: Json, { onProgress }: CallOptions): Promise<Json> {
    for (let current = task; ; ) {
      const { status, statusMessage, pollIntervalMs = TASK_POLL_MS } = current;
      onProgress?.(`task ${task.taskId}: ${statusMessage ?? status}`);
      if (status === 'completed') return current.result;
      if (status === 'failed') throw new Failure(`the task failed: ${current.error?.message ?? statusMessage ?? ''}`);
      if (status === 'cancelled') throw new Failure('the task was cancelled');
      if (status === 'input_required') throw asksClient('the task');
      await sleep(Math.min(pollIntervalMs, 10_000));
      current = await this.request('tasks/get', { taskId: task.taskId });
    }
  }

  /** Sends a request and returns its result. */
  async request(method: string, params: Json, { onProgress }: CallOptions = {}): Promise<Json> {
    this.id += 1;
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': REVISION,
      'io.modelcontextprotocol/clientInfo': { name: 'mcp-lambda', version: version() },
      'io.modelcontextprotocol/clientCapabilities': { extensions: { [TASKS]: {} } },
      ...(onProgress && { progressToken: this.id }),
    };
    const message: Message & { jsonrpc: string } = {
      jsonrpc: '2.0',
      id: this.id,
      method,
      params: { ...params, _meta },
    };
    const body = JSON.stringify(message);
    const response = await this.server.send(this.server.mcpUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...this.headers.for(message, body),
      },
      body,
    });
    // the error of the server has a code, but the status and the challenge say what to do
    if (response.status === 401 || response.status === 403) throw await this.server.failure(response);
    const answer = await this.answerTo(message, response, onProgress);
    this.headers.recordResponse(message, answer);
    if (answer.error) throw protocolError(method, answer.error as Json);
    return answer.result ?? {};
  }

  private async answerTo(
    request: Message,
    response: Response,
    onProgress: CallOptions['onProgress'],
  ): Promise<Message> {
    const type = response.headers.get('content-type') ?? '';
    if (type.startsWith('text/event-stream') && response.body) {
      for await (const { data } of events(response.body)) {
        const message = data ? (JSON.parse(data) as Message) : undefined;
        if (message?.id === request.id && message?.method === undefined) return message!;
        if (message?.method === 'notifications/progress') onProgress?.(progressText(message.params ?? {}));
      }
      throw new Failure(`${this.server.mcpUrl.host} closed the stream without a response`);
    }
    if (!type.startsWith('application/json')) throw await this.server.failure(response);
    const text = await response.text();
    const message = JSON.parse(text) as Message & { readonly jsonrpc?: string };
    if (message.jsonrpc === '2.0' && (response.ok || (message.error as Json)?.code !== undefined)) return message;
    throw await this.server.failure(new Response(text, { status: response.status, headers: response.headers }));
  }
}

function answered(result: Json, what: string): Json {
  if (result.resultType === 'input_required') throw asksClient(what);
  return result;
}

function asksClient(what: string): Failure {
  return new Failure(`${what} asks the client for input, which this command cannot give`, [
    'use an interactive client, such as the MCP Inspector: npx @modelcontextprotocol/inspector',
  ]);
}

function protocolError(method: string, { code, message }: Json): Failure {
  if (code === MISSING_CAPABILITY) return asksClient(method);
  return new Failure(`${method}: ${message} (${code})`);
}

function progressText({ progress, total, message }: Json): string {
  const share = total === undefined ? String(progress) : `${progress}/${total}`;
  return message === undefined ? share : `${share} ${message}`;
}
