import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Validator } from '@cfworker/json-schema';
import { expect, it } from 'vitest';
import { JsonLines } from '../../../local/report/json-lines.js';
import { callServer } from '../support/call-server.js';
import { LOOKUP, ShopProject } from '../support/shop.js';

const schema = JSON.parse(readFileSync('docs/reference/runner-events.schema.json', 'utf8'));
const validator = new Validator(schema, '2020-12');

it('--json prints events that the JSON Schema describes, the first one when the servers accept requests', async () => {
  using shop = new ShopProject();
  const args = [resolve('bin/mcp-lambda'), 'local', '--json', '--watch', '--port', '0'];
  const runner = spawn(process.execPath, args, { cwd: shop.directory, stdio: ['ignore', 'pipe', 'ignore'] });
  const events: any[] = [];
  createInterface({ input: runner.stdout }).on('line', (line) => events.push(JSON.parse(line)));
  const exit = new Promise((done) => runner.once('close', done));
  try {
    await expect.poll(() => events.length).toBeGreaterThan(0);
    const { mcp } = events[0];
    const tool = (name: string) => callServer(mcp, 'tools/call', { name, arguments: { orderId: 'A-1001' } });
    await tool('lookup_order');
    await tool('cancel_order');
    await tool('delete_order');
    await expect.poll(() => events.filter(({ type }) => type === 'call').length).toBe(3);
    shop.write('functions/lookup/index.mjs', LOOKUP.replace('looking up', 'searching'));
    await expect.poll(() => events.some(({ type }) => type === 'update')).toBe(true);
    shop.write('app.cjs', 'throw new Error("no stock");');
    await expect.poll(() => events.filter(({ type }) => type === 'update').length).toBe(2);
  } finally {
    runner.kill();
  }
  expect(await exit).toBe(0);

  for (const event of events) expect(validator.validate(event).errors, JSON.stringify(event)).toEqual([]);
  const [ready, ...others] = events;
  expect(ready).toMatchObject({ type: 'ready', servers: [{ name: 'shop' }] });
  expect(ready.registrations).toHaveLength(5);
  const of = (type: string) => others.filter((event) => event.type === type);
  expect(of('call')).toMatchObject([
    { method: 'tools/call', name: 'lookup_order', outcome: 'ok', caller: 'local' },
    { name: 'cancel_order', outcome: 'error', error: { message: 'RangeError: order A-1001 is shipped' } },
    { name: 'delete_order', outcome: 'error', error: { code: -32602 } },
  ]);
  const [lookup, cancel] = of('call');
  const logs = of('log').filter((event) => event.function !== 'Shop/Mcp/HttpFunction');
  expect(logs).toMatchObject([
    { function: 'Shop/Lookup', call: lookup.id, level: 'INFO', message: 'looking up A-1001' },
    { function: 'Shop/Lookup', call: lookup.id, level: 'WARN', message: 'low stock', fields: { article: 'lamp' } },
    { function: 'Shop/Cancel', call: cancel.id, level: 'ERROR', message: expect.stringMatching(/^RangeError: order/) },
  ]);
  expect(of('update')).toMatchObject([
    { changes: [{ change: 'updated', path: 'Shop/Lookup', properties: ['Code'] }] },
    { error: expect.stringContaining('no stock') },
  ]);
});

it('events before the first one follow it, and events that no program reads are dropped', () => {
  const written: any[] = [];
  const stream = { writableLength: 0, write: (line: string) => written.push(JSON.parse(line)) };
  const lines = new JsonLines(stream);
  lines.notice('early');
  expect(written).toEqual([]);
  const runner = { servers: [], registrations: [], unavailable: new Map(), notRun: [], otherApis: [], issuers: [] };
  lines.ready({ ...runner, outputs: {} } as never, { enforceAuth: false });
  lines.fault({ fault: { type: 'reset' } as never, target: 'sqs:SendMessage of Shop/Lookup' });
  stream.writableLength = 16 * 1024 * 1024;
  lines.notice('late');
  expect(written.map(({ type }) => type)).toEqual(['ready', 'notice', 'fault']);
  for (const event of written) expect(validator.validate(event).errors).toEqual([]);
});
