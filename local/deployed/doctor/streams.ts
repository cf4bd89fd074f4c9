import { setTimeout as sleep } from 'node:timers/promises';
import { PATHS } from '../../../src/private/contract.js';
import { events } from '../../connect/event-stream.js';
import { reasonOf } from '../failure.js';
import { type Check, fault, forStack } from './check.js';

/** How long the first event of a stream may take, in milliseconds. */
const FIRST_EVENT_MS = 10_000;

/** An SSE stream delivers its first event at once, and stays open. */
export const streams: Check = {
  name: 'streams',
  async run(inspection) {
    const { server, deployed, holdMs } = inspection;
    if (deployed && !deployed.stack.functionNames.has('SseFunction')) {
      return { skipped: 'the server has no /sse (legacySse: false)' };
    }
    const closing = new AbortController();
    const started = Date.now();
    const timer = setTimeout(() => closing.abort(), FIRST_EVENT_MS);
    const url = server.at(PATHS.SSE);
    try {
      const headers = { accept: 'text/event-stream' };
      const response = await server.send(url, { method: 'GET', headers, signal: closing.signal });
      if ([401, 403, 404].includes(response.status)) {
        return { skipped: `the server has no /sse, or the credentials do not allow it (${response.status})` };
      }
      if (!response.ok || !response.body) {
        const evidence = `GET ${url.href} returned ${response.status}`;
        const cause = 'the server rejects new sessions, or its SSE function fails';
        const fix = `see ActiveSessions and maxSessions: ${forStack('status', inspection)}`;
        return { faults: [fault('stream-rejected', { evidence, cause, fix })] };
      }
      const received = events(response.body);
      const isOpen = !(await received.next()).done;
      clearTimeout(timer);
      const first = Date.now() - started;
      if (isOpen && (await staysOpen(received, holdMs))) {
        return { ok: `the first event came after ${first} ms, and the stream stays open for ${holdMs / 1000} s` };
      }
      const evidence = `the stream of ${url.href} closed after ${Date.now() - started} ms`;
      const cause = 'a proxy or firewall closes idle connections, or the SSE function was killed';
      const fix = 'connect without the proxy; check the memory and errors of the SSE function';
      return { faults: [fault('stream-closed', { evidence, cause, fix })] };
    } catch (error) {
      if (!closing.signal.aborted) throw error;
      const evidence = `no event of ${url.href} arrived within ${FIRST_EVENT_MS / 1000} s: ${reasonOf(error)}`;
      const cause = 'a proxy buffers the response, or the SSE function does not start';
      const fix = 'turn off buffering and compression for text/event-stream in the proxy or CDN';
      return { faults: [fault('stream-buffered', { evidence, cause, fix })] };
    } finally {
      clearTimeout(timer);
      closing.abort();
    }
  },
};

/** Whether a stream stays open for a time. */
async function staysOpen(received: AsyncGenerator<unknown>, milliseconds: number): Promise<boolean> {
  const end = async () => {
    while (!(await received.next()).done) {
      // events of the server, such as pings
    }
    return false;
  };
  return Promise.race([end().catch(() => false), sleep(milliseconds).then(() => true)]);
}
