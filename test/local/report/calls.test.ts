import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { McpCall } from '../../../local/calls/call.js';
import { CallPrinter } from '../../../local/report/calls/printer.js';
import { render } from '../../../local/report/text.js';
import type { LogLine } from '../../../local/services/lambda/log-lines.js';

beforeEach(() => void vi.useFakeTimers({ now: new Date(2026, 10, 22, 8, 6, 5) }));
afterEach(() => void vi.useRealTimers());

function start({ verbose = false } = {}) {
  const printed: string[] = [];
  const printer = new CallPrinter({ print: (text) => printed.push(render(text)), cwd: '/app', verbose });
  let calls = 0;
  const call = (more: Partial<McpCall> = {}): McpCall => {
    const id = String(++calls);
    const started: McpCall = {
      id,
      startedAt: Date.now(),
      server: 'Shop/Mcp',
      transport: 'http',
      method: 'tools/call',
      name: 'lookup_order',
      caller: 'local',
      requestId: `${id}a2b3c4d-0000-4000-8000-000000000000`,
      steps: [],
      permissions: [],
      logs: [],
      ...more,
    };
    printer.started(started);
    return started;
  };
  const finish = (started: McpCall, more: Partial<McpCall> = {}) => {
    printer.finished(Object.assign(started, { outcome: 'ok', durationMs: Date.now() - started.startedAt, ...more }));
    vi.advanceTimersByTime(50);
  };
  const log = (text: string, of?: McpCall, more: Partial<LogLine> = {}) =>
    printer.log({ functionName: 'f', stream: 'stdout', text, ...more }, 'Shop/Lookup', of);
  return { printer, call, finish, log, take: () => printed.splice(0).join('\n') };
}

describe('a call', () => {
  it('is one line, with the log lines of its functions below it', () => {
    const { call, finish, log, take } = start();
    const lookup = call();
    log('looking up\nA-1', lookup);
    log('low stock', lookup, { level: 'WARN' });
    vi.advanceTimersByTime(23);
    expect(take()).toBe('');
    finish(lookup);
    expect(take()).toBe(`08:06:05 tools/call lookup_order → ok 23 ms · local · 1a2b3c4d
         Shop/Lookup looking up
         A-1
         Shop/Lookup WARN low stock`);
  });

  it('has its error below it, unless a log line has it', () => {
    const { call, finish, log, take } = start();
    const error = { message: 'invalid arguments:\n/orderId: String does not match pattern ^A-' };
    finish(call(), { outcome: 'error', error });
    finish(call({ name: 'nope' }), { outcome: 'error', error: { code: -32602, message: 'unknown tool: nope' } });
    expect(take()).toBe(`08:06:05 tools/call lookup_order → error 0 ms · local · 1a2b3c4d
         invalid arguments:
         /orderId: String does not match pattern ^A-
08:06:05 tools/call nope → error 0 ms · local · 2a2b3c4d
         -32602 unknown tool: nope`);
    const failed = call();
    log('[ERROR] ValueError: no order\nTraceback (most recent call last):\n  File "/app/app.py", line 7', failed);
    finish(failed, { outcome: 'error', error: { message: 'ValueError: no order' } });
    expect(take()).toBe(`08:06:05 tools/call lookup_order → error 0 ms · local · 3a2b3c4d
         Shop/Lookup ERROR ValueError: no order
         Traceback (most recent call last):
           File "app.py", line 7`);
  });

  it('that takes long is shown before its end, with its log lines as they arrive', () => {
    const { call, finish, log, take } = start();
    const slow = call({ name: 'slow' });
    log('first', slow);
    vi.advanceTimersByTime(1000);
    expect(take()).toBe('08:06:05 tools/call slow → running · local · 1a2b3c4d\n         Shop/Lookup first');
    log('second', slow);
    expect(take()).toBe('         Shop/Lookup second');
    finish(call({ name: 'quick' }));
    take();
    log('third', slow, { tool: 'slow', requestId: '0123456789' });
    expect(take()).toBe('08:06:06 Shop/Lookup [slow 01234567] third');
    finish(slow);
    expect(take()).toBe('08:06:06 tools/call slow → ok 1.1 s · local · 1a2b3c4d');
  });

  it('keeps its late log lines below it', () => {
    const { call, finish, log, take } = start();
    const lookup = call();
    finish(lookup);
    log('late', lookup);
    expect(take().split('\n')[1]).toBe('         Shop/Lookup late');
  });

  it('is not shown if it is routine, unless it fails', () => {
    const { call, finish, take } = start();
    finish(call({ method: 'ping', name: undefined }));
    expect(take()).toBe('');
    finish(call({ method: 'ping', name: undefined, caller: undefined }), {
      outcome: 'refused',
      error: { message: 'HTTP 401' },
    });
    expect(take()).toBe('08:06:05 ping → refused 0 ms · 2a2b3c4d\n         HTTP 401');
  });

  it('cannot look like two lines', () => {
    const { call, finish, take } = start();
    finish(call({ name: 'x\n08:06:05 tools/call y → ok\x1b[2A', caller: 'me\nyou' }));
    expect(take()).toBe('08:06:05 tools/call x 08:06:05 tools/call y → ok\\x1b[2A → ok 0 ms · me you · 1a2b3c4d');
  });

  it('has its client, arguments and answer below it with --verbose', () => {
    const { call, finish, take } = start({ verbose: true });
    const params = { value: { name: 'lookup_order', arguments: { orderId: 'A-1' } }, length: 40 };
    const lookup = call({ client: 'inspector 1.0', revision: '2025-06-18', params });
    finish(lookup, { answer: { text: `{"content":"${'x'.repeat(500)}`, length: 9000 } });
    const [, origin, given, answer] = take().split('\n');
    expect(origin).toBe('         inspector 1.0 · 2025-06-18 · http');
    expect(given).toBe('         params {"name":"lookup_order","arguments":{"orderId":"A-1"}}');
    expect(answer).toMatch(/^ {9}answer \{"content":"x{388}…$/);
  });

  it('that has ended is printed at the end of the runner', () => {
    const { printer, call, take } = start();
    printer.finished(Object.assign(call(), { outcome: 'ok', durationMs: 1 }));
    call();
    printer.flush();
    expect(take()).toBe('08:06:05 tools/call lookup_order → ok 1 ms · local · 1a2b3c4d');
  });

  it('that was shown before its end has its last line at the end of the runner, once', () => {
    const { printer, call, take } = start();
    const slow = call({ name: 'slow' });
    vi.advanceTimersByTime(1000);
    take();
    printer.finished(Object.assign(slow, { outcome: 'ok', durationMs: 1000 }));
    printer.flush();
    printer.flush();
    expect(take()).toBe('08:06:06 tools/call slow → ok 1.0 s · local · 1a2b3c4d');
  });
});

it('a log line without a call is on its own', () => {
  const { log, take } = start();
  log('hello');
  expect(take()).toBe('08:06:05 Shop/Lookup hello');
});
