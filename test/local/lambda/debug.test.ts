import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { DebugPorts } from '../../../local/services/lambda/debug-ports.js';
import { Inspector } from '../support/inspector.js';
import { startLambda, type TestLambda } from './support.js';

let service: TestLambda | undefined;
afterEach(() => service?.stop());

const invoke = async (name: string, event: object = {}) => {
  const { body } = await service!.service.invoke(name, Buffer.from(JSON.stringify(event)));
  return JSON.parse(Buffer.concat(await body.toArray()).toString());
};

it('gives each function the next free port, and keeps it', async () => {
  const first = await new DebugPorts(22_000).portOf('a');
  const ports = new DebugPorts(first);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(first + 1, '127.0.0.1', () => resolve()));
  const [a, b] = await Promise.all([ports.portOf('a'), ports.portOf('b')]);
  expect(a).toBe(first);
  expect(b).toBeGreaterThan(first + 1);
  expect(await ports.portOf('a')).toBe(a);
  other.close();
});

it('gives the debugger to the process with the new code, and to one process only', async () => {
  service = await startLambda('lambda');
  const debugPort = await new DebugPorts(23_000).portOf('fn');
  const code = (text: string) =>
    `export const handler = async ({ ms = 0 }) => { await new Promise((done) => setTimeout(done, ms)); return '${text} ' + process.execArgv.join(' ').includes('--inspect='); };`;
  service.define('fn', code('old'), { debugPort });
  service.service.warm('fn');
  const old = await Inspector.attach(debugPort);
  old.close();
  const slow = invoke('fn', { ms: 500 });
  const concurrent = await invoke('fn');
  expect([concurrent, await slow].sort()).toEqual(['old false', 'old true']);

  service.define('fn', code('new'), { debugPort });
  service.service.warm('fn');
  expect(await invoke('fn')).toBe('new true');
  (await Inspector.attach(debugPort)).close();
});
