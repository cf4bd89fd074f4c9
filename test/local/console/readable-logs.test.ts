import { expect, test } from 'vitest';
import type { CallLogLine } from '../../../local/calls/call';
import { readableLogs } from '../../../local/console/readable-logs';

const read = (text: string, level?: string): CallLogLine[] =>
  readableLogs([{ at: 1, function: 'Shop/Orders', text, ...(level && { level }) }]);

test('shows the message, the level and the members of a structured record', () => {
  const text = '{"level":30,"time":1,"pid":7,"hostname":"h","msg":"order found","orderId":"A-1001"}';
  expect(read(text)).toEqual([{ at: 1, function: 'Shop/Orders', level: 'INFO', text: 'order found  orderId=A-1001' }]);
});

test('shows an error of the Node.js runtime client with its stack', () => {
  const error = {
    errorType: 'TypeError',
    errorMessage: 'no order',
    stack: ['TypeError: no order', '    at handler (/app/orders.mjs:7:9)'],
  };
  expect(read(`Invoke Error\t${JSON.stringify(error)}`)).toEqual([
    {
      at: 1,
      function: 'Shop/Orders',
      level: 'ERROR',
      text: 'TypeError: no order\n    at handler (/app/orders.mjs:7:9)',
    },
  ]);
});

test('shows plain output unchanged, with its level', () => {
  expect(read('looking up', 'WARN')).toEqual([{ at: 1, function: 'Shop/Orders', level: 'WARN', text: 'looking up' }]);
});

test('leaves out metrics', () => {
  expect(read('{"_aws":{"Timestamp":1},"Calls":1}')).toEqual([]);
});
