import { describe, expect, it } from 'vitest';
import { formatLog, formatLogOfCall } from '../../../local/report/function-logs/format.js';
import { hintFor } from '../../../local/report/function-logs/hints.js';
import { plain, render } from '../../../local/report/text.js';
import type { LogLine } from '../../../local/services/lambda/log-lines.js';

const now = new Date(2026, 10, 22, 8, 6, 5);
const line = (text: string, more: Partial<LogLine> = {}): LogLine => ({
  functionName: 'f',
  stream: 'stdout',
  text,
  ...more,
});
const json = (record: object, more?: Partial<LogLine>) => line(JSON.stringify(record), more);

function shown(given: LogLine, verbose = false): string | undefined {
  const text = formatLog(given, 'Echo', { cwd: '/app', verbose }, now);
  return text && render(text, plain);
}

describe('formatLog', () => {
  it.each([
    ['plain text', line('hello'), '08:06:05 Echo hello'],
    ['a warning', line('careful', { level: 'WARN' }), '08:06:05 Echo WARN careful'],
    ['a message of the runner', line('it timed out', { stream: 'platform' }), '08:06:05 Echo ERROR it timed out'],
    [
      'a structured record',
      line(
        JSON.stringify({
          level: 'INFO',
          message: 'opened',
          timestamp: 't',
          service: 's',
          sampling_rate: 0,
          session: 'x',
          n: 2,
        }),
      ),
      '08:06:05 Echo opened session=x n=2',
    ],
    [
      'a record of Powertools with a request id',
      line(JSON.stringify({ level: 'INFO', message: 'opened', function_request_id: '0123456789abcdef' })),
      '08:06:05 Echo [01234567] opened',
    ],
    [
      'a structured error',
      line(JSON.stringify({ level: 'ERROR', message: 'failed', error: { name: 'Error', stack: 'Error: no\n  at x' } })),
      '08:06:05 Echo ERROR failed\n         Error: no\n           at x',
    ],
    [
      'an error of the Node.js runtime client, with the lines of the function',
      line(
        `Invoke Error \t${JSON.stringify({
          errorType: 'NotFound',
          errorMessage: 'no order',
          code: 7,
          stack: [
            'NotFound: no order',
            '    at find (/app/asset.1/orders.js:3:9)',
            '    at BufferedInvokeProcessor.handler (file:///app/src/index.mjs:4:5)',
            '    at send (/app/node_modules/@smithy/core/index.js:1:1)',
            '    at processTicksAndRejections (node:internal/process/task_queues:104:5)',
            '    at async exports.handler (/app/asset.1/index.js:1:37)',
            '    at async Processor.processInvoke (file:///x/assets/cli/runtime/index.mjs:1094:22)',
          ],
        })}`,
        { level: 'ERROR' },
      ),
      '08:06:05 Echo ERROR NotFound: no order\n' +
        '             at find (asset.1/orders.js:3:9)\n' +
        '             at handler (src/index.mjs:4:5)\n' +
        '             at async exports.handler (asset.1/index.js:1:37)',
    ],
    [
      'an error with a cause',
      line(
        `Invoke Error \t${JSON.stringify({
          errorType: 'NotFound',
          errorMessage: 'no order',
          stack: ['NotFound: no order', '    at find (/app/orders.js:3:9)'],
          cause: { errorType: 'TypeError', errorMessage: 'x is null', stack: ['    at get (/app/db.js:1:2)'] },
        })}`,
      ),
      '08:06:05 Echo ERROR NotFound: no order\n             at find (orders.js:3:9)\n' +
        '         Caused by: TypeError: x is null\n             at get (db.js:1:2)',
    ],
    [
      'a syntax error, with its line',
      line(
        `Uncaught Exception \t${JSON.stringify({
          errorType: 'SyntaxError',
          errorMessage: "Unexpected token ';'",
          stack: [
            '/app/orders.js:3',
            'const x = ;',
            '          ^',
            '',
            "SyntaxError: Unexpected token ';'",
            '    at wrapSafe (node:x:1:1)',
          ],
        })}`,
      ),
      "08:06:05 Echo ERROR SyntaxError: Unexpected token ';'\n         orders.js:3\n         const x = ;\n                   ^",
    ],
    [
      'an error that console.error() prints, without the frames of Node.js',
      line('failed: Error: no\n    at f (file:///app/a.mjs:1:2)\n    at x (node:internal/timers:1:1)', {
        level: 'ERROR',
      }),
      '08:06:05 Echo ERROR failed: Error: no\n             at f (a.mjs:1:2)',
    ],
    [
      'a record of pino',
      json({ level: 40, time: 1795735279214, pid: 1, hostname: 'x', orderId: 'A-1', text: 'a b', msg: 'low stock' }),
      '08:06:05 Echo WARN low stock orderId=A-1 text="a b"',
    ],
    [
      'an error of pino',
      json({
        level: 50,
        err: { type: 'Error', message: 'no', stack: 'Error: no\n    at f (/app/a.mjs:1:2)' },
        msg: 'failed',
      }),
      '08:06:05 Echo ERROR failed\n         Error: no\n             at f (a.mjs:1:2)',
    ],
    [
      'a record of Powertools for Python, with an exception',
      json({
        level: 'ERROR',
        location: 'handler:7',
        message: 'failed',
        timestamp: '2026-11-22 08:06:05,000+0000',
        service: 'shop',
        exception: 'Traceback (most recent call last):\n  File "/app/app.py", line 7, in handler\nKeyError: 1',
        exception_name: 'KeyError',
      }),
      '08:06:05 Echo ERROR failed location=handler:7\n         Traceback (most recent call last):\n' +
        '           File "app.py", line 7, in handler\n         KeyError: 1',
    ],
    [
      "Lambda's JSON format, with an error",
      json({
        timestamp: 't',
        level: 'ERROR',
        requestId: '0123456789abcdef',
        message: 'failed',
        errorType: 'KeyError',
        errorMessage: '1',
        stackTrace: ['  File "/app/app.py", line 7, in handler\n'],
      }),
      '08:06:05 Echo [01234567] ERROR failed\n         KeyError: 1\n           File "app.py", line 7, in handler',
    ],
    [
      'a Python error in the JSON format of Lambda',
      json({
        timestamp: 't',
        log_level: 'ERROR',
        errorMessage: 'no order',
        errorType: 'ValueError',
        requestId: '0123456789abcdef',
        stackTrace: ['  File "/app/app.py", line 7, in handler\n    raise ValueError\n'],
      }),
      '08:06:05 Echo [01234567] ERROR ValueError: no order\n           File "app.py", line 7, in handler\n             raise ValueError',
    ],
    [
      "a record of Java's Log4j as JSON",
      json({ level: 'INFO', message: 'opened', loggerName: 'Orders', AWSRequestId: '0123456789abcdef' }),
      '08:06:05 Echo [01234567] opened loggerName=Orders',
    ],
    [
      'a record of Log4j as text',
      line('2026-11-22 08:06:05 1a2b3c4d-0000-4000-8000-000000000000 WARN  Orders - low stock'),
      '08:06:05 Echo [1a2b3c4d] WARN Orders - low stock',
    ],
    [
      'an error of the Java runtime client, with the lines of the function',
      line(
        'no order: java.lang.IllegalArgumentException\njava.lang.IllegalArgumentException: no order\n\tat Orders.find(Orders.java:11)\n' +
          '\tat java.base/jdk.internal.reflect.NativeMethodAccessorImpl.invoke0(Native Method)\nCaused by: java.lang.RuntimeException: db\n\n',
      ),
      '08:06:05 Echo ERROR java.lang.IllegalArgumentException: no order\n             at Orders.find(Orders.java:11)\n' +
        '         Caused by: java.lang.RuntimeException: db',
    ],
    ['a message of java.util.logging', line('WARNING: low stock'), '08:06:05 Echo WARN low stock'],
    ['a record of structlog', json({ event: 'opened', level: 'info', order: 7 }), '08:06:05 Echo opened order=7'],
    ['data in JSON', json({ orderId: 'A-1', message: 'x' }), '08:06:05 Echo {"orderId":"A-1","message":"x"}'],
    ['an object', line('{ a: 1 }'), '08:06:05 Echo { a: 1 }'],
    ['colours and escape sequences', line('\x1b[31mred\x1b[0m\x1b]0;title\x07'), '08:06:05 Echo red\\x1b]0;title\\x07'],
    [
      'line breaks, which cannot look like lines of the runner',
      line('a\n08:06:05 tools/call x → ok\r\nb'),
      '08:06:05 Echo a\n         08:06:05 tools/call x → ok\n         b',
    ],
    ['JSON other than an object', line('[1]'), '08:06:05 Echo [1]'],
    ['invalid JSON', line('{x'), '08:06:05 Echo {x'],
    [
      'a Python error without a traceback',
      line("[ERROR] Runtime.HandlerNotFound: Handler 'x' missing on module 'app'\nTraceback (most recent call last):"),
      "08:06:05 Echo ERROR Runtime.HandlerNotFound: Handler 'x' missing on module 'app'",
    ],
    [
      'a Python error with a traceback',
      line('[ERROR] KeyError: 1\nTraceback (most recent call last):\n  File "app.py"'),
      '08:06:05 Echo ERROR KeyError: 1\n         Traceback (most recent call last):\n           File "app.py"',
    ],
    [
      'a line of a tool call',
      line('hello', { tool: 'lookup_order', requestId: '1a2b3c4d-0000-4000-8000-000000000000' }),
      '08:06:05 Echo [lookup_order 1a2b3c4d] hello',
    ],
    [
      'a line of another invocation',
      line('hello', { requestId: '1a2b3c4d-0000-4000-8000-000000000000' }),
      '08:06:05 Echo [1a2b3c4d] hello',
    ],
  ])('formats %s', (_, given, expected) => {
    expect(shown(given)).toBe(expected);
  });

  it('omits audit records, unless verbose', () => {
    const record = json({ audit: 1, timestamp: '2026-11-27T00:00:00.000Z', kind: 'tool', name: 'echo' });
    expect(shown(record)).toBeUndefined();
    expect(shown(record, true)).toContain('"kind":"tool"');
    expect(shown(json({ audit: 1, message: 'of a function' }))).toContain('of a function');
  });

  it('omits metrics, unless verbose', () => {
    const metrics = json({ _aws: { CloudWatchMetrics: [] }, ToolCalls: 1 });
    expect(shown(metrics)).toBeUndefined();
    expect(shown(metrics, true)).toContain('"ToolCalls":1');
  });

  it('omits the headings of java.util.logging', () => {
    expect(shown(line('Nov 27, 2026 12:10:23 AM com.example.Orders handleRequest'))).toBeUndefined();
  });

  it('keeps all lines of a stack, if verbose', () => {
    expect(shown(line('Error: no\n    at x (node:internal/timers:1:1)'), true)).toContain('node:internal');
  });

  it('omits the warning of the Python runtime client before initialization errors', () => {
    const text = 'LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code.';
    expect(shown(line(text, { level: 'WARN' }))).toBeUndefined();
  });
});

describe('formatLogOfCall', () => {
  it('omits what the line of the call has', () => {
    const given = line('hello', { tool: 'echo', requestId: '1a2b3c4d', level: 'WARN' });
    expect(render(formatLogOfCall(given, 'Shop/Echo', { cwd: '/' })!)).toBe('Shop/Echo WARN hello');
  });
});

describe('hintFor', () => {
  it('returns the install command for a missing AWS SDK client', () => {
    const text = "Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@aws-sdk/client-s3' imported from /x/index.mjs";
    expect(hintFor(line(text))).toBe(
      '@aws-sdk/client-s3 is part of the Lambda runtime but not installed here: npm install --save-dev @aws-sdk/client-s3',
    );
    expect(hintFor(line("Cannot find package 'left-pad'"))).toBeUndefined();
  });

  it('returns the install command for a missing Python module, with the interpreter', () => {
    const missing = line("Unable to import module 'app': No module named 'boto3'", {
      program: '/app/.venv/bin/python',
    });
    expect(hintFor(missing)).toBe(
      'boto3 is part of the Lambda runtime but not installed for this Python: /app/.venv/bin/python -m pip install boto3',
    );
  });
});
