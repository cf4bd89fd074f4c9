import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, type Context, enforcesTimeLimits, ensure, PING, UNKNOWN_SESSION_ID } from '../check.mjs';
import { ORIGIN } from '../stack.mjs';

/** Time within which a response without a body must end. */
const END_MS = 2_000;
const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const REVISION = '2025-06-18';

export const bodylessResponses: Check = {
  id: 22,
  claim: 'Responses without a body end',
  async run(context) {
    const { as, outputs } = context;
    const send = as('Alice');
    const post = (message: object, headers = {}) =>
      send(outputs.Mcp!, { method: 'POST', headers: { ...HEADERS, ...headers }, body: JSON.stringify(message) });
    const params = { protocolVersion: REVISION, capabilities: {}, clientInfo: { name: 'verify', version: '1' } };
    const initialized = await post({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
    await initialized.text();
    const session = { 'mcp-session-id': initialized.headers.get('mcp-session-id')!, 'mcp-protocol-version': REVISION };
    const preflight = { origin: ORIGIN, 'access-control-request-method': 'POST' };
    const requests: Record<string, () => Promise<Response>> = {
      'POST of a notification': () => post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session),
      DELETE: () => send(outputs.Mcp!, { method: 'DELETE', headers: session }),
      OPTIONS: () => fetch(outputs.Mcp!, { method: 'OPTIONS', headers: preflight, signal: context.signal }),
    };
    const seen: string[] = [];
    for (const [name, request] of Object.entries(requests))
      seen.push(`${name} ${await ending(context, name, request)}`);
    return seen.join(', ');
  },
};

/** Sends a request, and waits for the end of its body. Returns status and time. */
async function ending(context: Context, name: string, request: () => Promise<Response>): Promise<string> {
  const response = await request();
  ensure([202, 204].includes(response.status), `${name}: expected 202 or 204, got ${response.status}`);
  const started = performance.now();
  const reading = response.text();
  const timeout = enforcesTimeLimits(context) ? [sleep(END_MS, undefined, { ref: false })] : [];
  const text = await Promise.race([reading, ...timeout]);
  if (text === undefined) reading.catch(() => {});
  ensure(
    text !== undefined,
    `${name}: the body of status ${response.status} did not end within ${END_MS} ms; clients that read it hang`,
  );
  ensure(text === '', `${name}: expected an empty body, got ${text}`);
  return `${response.status} (end after ${Math.round(performance.now() - started)} ms)`;
}

export const noConcurrency: Check = {
  id: 24,
  claim: 'A function without concurrency left answers 503',
  needs: 'noConcurrency',
  async afterUpdate({ as, outputs }) {
    const url = `${outputs.Message}?sessionId=${UNKNOWN_SESSION_ID}`;
    const response = await as('Alice')(url, { method: 'POST', headers: HEADERS, body: JSON.stringify(PING) });
    const body = await response.text();
    const type = response.headers.get('x-amzn-errortype');
    ensure(
      response.status === 503 && body.includes('may have run'),
      `expected 503 and a body that says that the call may have run, got ${response.status} (${type}): ${body}`,
    );
    const origin = response.headers.get('access-control-allow-origin');
    ensure(origin === '*', `expected Access-Control-Allow-Origin: *, got ${origin}`);
    return `503 (${type}), Access-Control-Allow-Origin: *, Retry-After: ${response.headers.get('retry-after') ?? 'none'}`;
  },
};
