import { expect, test } from 'vitest';
import { LogStore } from '../../../local/services/cloudwatch-logs/log-store.js';
import { LogsService } from '../../../local/services/cloudwatch-logs/service.js';

/** Reads log events as CloudWatch's client does. */
function reader(lines: LogStore) {
  const service = new LogsService(lines, () => '/aws/lambda/f');
  return async (input: object) => {
    const headers = { 'x-amz-target': 'Logs_20140328.FilterLogEvents', 'content-type': 'application/x-amz-json-1.1' };
    const body = Buffer.from(JSON.stringify({ logGroupName: '/aws/lambda/f', ...input }));
    const call = service.parseCall({ method: 'POST', url: '/', headers, body }, { accountId: '1', region: 'r' });
    const sent: string[] = [];
    const response = { writeHead: () => response, end: (text: string) => sent.push(String(text)) };
    await call!.handle(response as never);
    return JSON.parse(sent[0]!) as { events: Array<{ message: string; eventId: string }>; nextToken?: string };
  };
}

test('keeps event ids and tokens when the oldest lines are dropped', async () => {
  const lines = new LogStore();
  const add = (text: string) => lines.add({ functionName: 'f', stream: 'stdout', text }, 1_000);
  const read = reader(lines);
  for (let n = 0; n < 40_000; n++) add(`line ${n}`);
  const before = await read({ filterPattern: '"line 39999"' });
  const page = await read({ filterPattern: '"line 3999"', limit: 1 });
  add('line 40000'); // the store drops the older half
  const after = await read({ filterPattern: '"line 39999"' });
  expect(after.events).toEqual(before.events);
  expect((await read({ filterPattern: '"line 3999"', nextToken: page.nextToken })).events[0]!.message).toBe(
    'line 39990',
  );
});
