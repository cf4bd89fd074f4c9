import { setTimeout as sleep } from 'node:timers/promises';
import type { Tally } from './tally.mjs';

interface HttpClientOptions {
  readonly url: string;
  readonly tally: Tally;
  readonly random: () => number;
  readonly name: string;
  readonly pauseMs: number;
  readonly answerMs: number;
  readonly until: number;
}

const MODERN = '2026-07-28';
const TASKS = 'io.modelcontextprotocol/tasks';

/** Uses one 2025 session on `/mcp`. Half of the clients end it with DELETE. */
export async function useHttpSession(options: HttpClientOptions): Promise<void> {
  const { url, random, name, pauseMs, until } = options;
  const version = { 'mcp-protocol-version': '2025-11-25' };
  const opened = await send(options, version, 'initialize', 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'soak', version: '1' },
  });
  const session = opened?.session;
  if (!session) {
    await sleep(pauseMs * random());
    return;
  }
  const headers = { ...version, 'mcp-session-id': session };
  for (let i = 0; i < 5 && Date.now() < until; i++) {
    await send(options, headers, `${i}`, 'tools/call', { name: 'record', arguments: { n: `${name}-${i}` } });
    await sleep(pauseMs * (0.5 + random()));
  }
  if (random() < 0.5) await (await fetch(url, { method: 'DELETE', headers })).text();
}

/** Runs a task, polls it until it ends, and pauses. */
export async function runTask(options: HttpClientOptions): Promise<void> {
  await pollTask(options);
  await sleep(options.pauseMs * (0.5 + options.random()));
}

async function pollTask(options: HttpClientOptions): Promise<void> {
  const { tally, name, answerMs } = options;
  const request = (id: string, method: string, subject: string, params: object) => {
    const headers = { 'mcp-protocol-version': MODERN, 'mcp-method': method, 'mcp-name': subject };
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': MODERN,
      'io.modelcontextprotocol/clientInfo': { name: 'soak', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': { extensions: { [TASKS]: {} } },
    };
    return send(options, headers, id, method, { ...params, _meta });
  };
  const called = await request('call', 'tools/call', 'work', { name: 'work', arguments: { n: name } });
  const taskId: string | undefined = called?.message.result?.taskId;
  if (!taskId) return;
  tally.tasks += 1;
  // a run that fails before it begins is repeated after a minute; a runner that is killed is reported a minute after the timeout of its call
  const deadline = Date.now() + 2 * answerMs;
  const answers = new Map<string, number>();
  for (let i = 0; Date.now() < deadline; i++) {
    await sleep(1_000);
    const answer = await request(`get-${i}`, 'tasks/get', taskId, { taskId });
    const { result, error } = answer?.message ?? {};
    if (['completed', 'failed', 'cancelled'].includes(result?.status)) return;
    const reason = error?.message ?? result?.status ?? 'no answer';
    answers.set(reason, (answers.get(reason) ?? 0) + 1);
    if (error?.code === -32602) break; // the task does not exist
  }
  tally.lost.push(`task ${name}: ${[...answers].map(([reason, count]) => `${count} x ${reason}`).join(', ')}`);
}

interface Answer {
  readonly session?: string;
  readonly message: {
    readonly id?: unknown;
    readonly result?: any;
    readonly error?: { readonly code: number; readonly message: string };
  };
}

/** Sends a request, and accounts for its answer. Resolves to undefined if the server refused it or it was lost. */
async function send(
  { url, tally, name, answerMs }: HttpClientOptions,
  headers: Record<string, string>,
  id: string,
  method: string,
  params: object,
): Promise<Answer | undefined> {
  tally.sent += 1;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
      signal: AbortSignal.timeout(answerMs),
    });
    const text = await response.text();
    if (!response.ok) {
      tally.refused += 1;
      tally.refuse(method, response.status, text);
      return undefined;
    }
    const events = response.headers.get('content-type')?.includes('event-stream') ? dataOf(text) : [text];
    const answers = events.map((data) => JSON.parse(data)).filter((message) => message.id === id);
    if (answers.length > 1) tally.twice.push(`${name}-${id}`);
    if (answers.length === 0) {
      tally.ended += 1; // the stream was cut: the process exited
      return undefined;
    }
    tally.answered += 1;
    return { session: response.headers.get('mcp-session-id') ?? undefined, message: answers[0] };
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') tally.lost.push(`${method} ${name}-${id}`);
    else tally.ended += 1; // the connection was cut: the process exited
    return undefined;
  }
}

function dataOf(text: string): string[] {
  return [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => data);
}
