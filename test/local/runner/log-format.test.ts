import { describe, expect, it } from 'vitest';
import { formatLog, hintFor } from '../../../local/report/log-format.js';

const now = new Date(2026, 10, 22, 8, 6, 5);
const line = (text: string, more = {}) => ({ functionName: 'f', stream: 'stdout' as const, text, ...more });

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
      '08:06:05 Echo ERROR failed \n         Error: no\n           at x',
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
            '    at send (/app/node_modules/@smithy/core/index.js:1:1)',
            '    at processTicksAndRejections (node:internal/process/task_queues:104:5)',
            '    at async exports.handler (/app/asset.1/index.js:1:37)',
            '    at async Processor.processInvoke (file:///x/assets/cli/runtime/index.mjs:1094:22)',
          ],
        })}`,
        { level: 'ERROR' },
      ),
      '08:06:05 Echo ERROR Invoke Error: NotFound: no order\n' +
        '             at find (/app/asset.1/orders.js:3:9)\n' +
        '             at async exports.handler (/app/asset.1/index.js:1:37)',
    ],
    ['JSON other than an object', line('[1]'), '08:06:05 Echo [1]'],
    ['invalid JSON', line('{x'), '08:06:05 Echo {x'],
    [
      'a Python error without a traceback',
      line("[ERROR] Runtime.HandlerNotFound: Handler 'x' missing on module 'app'\nTraceback (most recent call last):"),
      "08:06:05 Echo [ERROR] Runtime.HandlerNotFound: Handler 'x' missing on module 'app'",
    ],
    [
      'a Python error with a traceback',
      line('[ERROR] KeyError: 1\nTraceback (most recent call last):\n  File "app.py"'),
      '08:06:05 Echo [ERROR] KeyError: 1\n         Traceback (most recent call last):\n           File "app.py"',
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
    expect(formatLog(given, 'Echo', now)).toBe(expected);
  });

  it('omits metrics', () => {
    expect(
      formatLog(line(JSON.stringify({ _aws: { CloudWatchMetrics: [] }, ToolCalls: 1 })), 'Echo', now),
    ).toBeUndefined();
  });

  it('omits the warning of the Python runtime client before initialization errors', () => {
    const text = 'LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code.';
    expect(formatLog(line(text, { level: 'WARN' }), 'Echo', now)).toBeUndefined();
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
