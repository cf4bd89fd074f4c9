import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createTaskSessionFromClient, type TaskEnabledSession } from '@modelcontextprotocol/ext-tasks/client';

const VERSION = '2026-07-28';
const INFO = { name: 'e2e', version: '1.0.0' };
export const TASKS = 'io.modelcontextprotocol/tasks';
const capabilities = { elicitation: { form: {} }, extensions: { [TASKS]: {} } };

type TaskOptions = Omit<
  Parameters<typeof createTaskSessionFromClient>[1],
  'endpointId' | 'rawDispatch' | 'v2RequestFraming'
>;

/** A connected 2026-07-28 client with task support. */
export interface TaskClient extends AsyncDisposable {
  readonly client: Client;
  readonly session: TaskEnabledSession;
  /** Disconnects without ending the session, which would cancel its tasks. */
  disconnect(): Promise<void>;
}

/**
 * Connects a client of the v2 SDK with ext-tasks, which sends the requests that the SDK's client lacks.
 * @param send sends the requests, for callers that sign them
 */
export async function taskClient(
  url: URL,
  options: TaskOptions = {},
  send: (body: string, headers: Record<string, string>) => Promise<Response> = (body, headers) =>
    fetch(url, { method: 'POST', body, headers }),
): Promise<TaskClient> {
  const client = new Client(INFO, { capabilities, versionNegotiation: { mode: { pin: VERSION } } });
  const transport = new StreamableHTTPClientTransport(url, {
    fetch: (_, init) => {
      const headers = Object.fromEntries(new Headers(init?.headers));
      return send(String(init?.body), headers);
    },
  });
  await client.connect(transport);
  let id = 1_000;
  const session = createTaskSessionFromClient<void>(client, {
    ...options,
    endpointId: 'e2e',
    v2RequestFraming: { protocolVersion: VERSION, clientInfo: INFO, clientCapabilities: capabilities },
    rawDispatch: async (request) => {
      const { method, params } = request as { method: string; params: { name?: string; taskId?: string } };
      id += 1;
      const response = await send(JSON.stringify({ ...(request as object), jsonrpc: '2.0', id }), {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': VERSION,
        'mcp-method': method,
        'mcp-name': String(params.taskId ?? params.name),
      });
      const text = await response.text();
      const data = text.split('\n').findLast((line) => line.startsWith('data:'));
      const { result, error } = JSON.parse(data ? data.slice('data:'.length) : text);
      return error ? { kind: 'error', error } : { kind: 'result', result };
    },
  });
  return {
    client,
    session,
    disconnect: () => client.close(),
    async [Symbol.asyncDispose]() {
      await session.close();
      await client.close();
    },
  };
}
