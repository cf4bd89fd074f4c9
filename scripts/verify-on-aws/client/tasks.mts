import { setTimeout as sleep } from 'node:timers/promises';

const VERSION = '2026-07-28';

/** Calls a tool like a 2026-07-28 client with task support, without an SDK, and polls until the task finishes. */
export async function runTask(url: string, send: typeof fetch, name: string, args: object): Promise<any> {
  let task = await request(url, send, 'tools/call', name, { name, arguments: args });
  if (task.resultType !== 'task')
    throw new Error(`expected the call to create a task, got ${JSON.stringify(task).slice(0, 300)}`);
  const { taskId } = task;
  while (task.status === 'working') {
    await sleep(task.pollIntervalMs ?? 1_000);
    task = await request(url, send, 'tasks/get', taskId, { taskId });
  }
  return task;
}

async function request(url: string, send: typeof fetch, method: string, subject: string, params: object): Promise<any> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientInfo': { name: 'verify-on-aws', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
  };
  const response = await send(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      'mcp-name': subject,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  });
  const text = await response.text();
  const data = text.split('\n').findLast((line) => line.startsWith('data:'));
  const { result, error } = JSON.parse(data ? data.slice('data:'.length) : text);
  if (error) throw new Error(`${method}: ${error.message} (${error.code})`);
  return result;
}
