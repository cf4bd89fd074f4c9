import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { announce, mcpLambda, stable, stateOf } from '../support/command-line';
import { type Fixture, startFixture } from '../support/fixture';
import { until } from '../support/until';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({ enforceAuth: true });
  announce(fixture.runner);
  await run('call', 'echo', 'message=hello');
  await run('call', 'fail');
  await run('read', 'docs://readme');
  await run('prompt', 'greeting', 'name=Ada');
});
afterAll(() => fixture?.[Symbol.asyncDispose]());

const run = (...args: string[]) => mcpLambda([...args, '--url', fixture.mcpUrl.href]);
const timeless = (text: string) =>
  stable(text)
    .replaceAll(/ +\d+ (ms|s)\b/g, ' 9 ms')
    .replaceAll(/\d\d:\d\d:\d\d/g, '12:00:00')
    .replaceAll(/mcp-lambda\/[\d.]+/g, 'mcp-lambda/0.0.0');

test('audit prints the records of a period', async () => {
  const { out, err, code } = await run('audit', '--since', '10m');
  expect(code).toBe(0);
  const calls = out.split('\n').filter((line) => !/ (create|replace|remove) /.test(line));
  expect(timeless(calls.join('\n'))).toMatchInlineSnapshot(`
    "2026-11-26 12:00:00 ✓ tool echo 9 ms  user/admin (mcp-lambda/0.0.0)
    2026-11-26 12:00:00 ✗ tool fail 9 ms  user/admin (mcp-lambda/0.0.0)  error: thrown
    2026-11-26 12:00:00 ✓ resource readme 9 ms  user/admin (mcp-lambda/0.0.0)
    2026-11-26 12:00:00 ✓ prompt greeting 9 ms  user/admin (mcp-lambda/0.0.0)
    "
  `);
  expect(err).toMatch(/^\d+ records, 1 failed, 2 callers\n$/);
});

test('audit selects by tool, caller and outcome, as lines of JSON', async () => {
  const records = async (...args: string[]) => {
    const { out } = await run('audit', '--json', ...args);
    return out
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
  expect(await records('--tool', 'echo')).toMatchObject([
    { audit: 1, kind: 'registration', action: 'create', registration: 'tool-echo' },
    { audit: 1, kind: 'tool', name: 'echo', outcome: 'ok', caller: 'arn:aws:iam::123456789012:user/admin' },
  ]);
  expect(await records('--errors')).toMatchObject([{ name: 'fail', outcome: 'error', reason: 'thrown' }]);
  expect(await records('--caller', 'user/admin')).toHaveLength(4);
  expect(await records('--caller', 'user/other')).toEqual([]);
  expect(await records('--until', '1h')).toEqual([]);
  expect(await records('--limit', '1')).toHaveLength(1);
});

test('audit explains invalid times', async () => {
  expect((await run('audit', '--since', 'yesterday')).err).toMatchInlineSnapshot(`
    "mcp-lambda: invalid --since "yesterday": expected a duration such as 15m, 2h or 7d, or a date such as 2026-11-26T12:00Z
    "
  `);
  expect((await run('audit', '--since', '1h', '--until', '2h')).err).toBe(
    'mcp-lambda: --until must be later than --since\n',
  );
  expect((await run('audit', '--caller', 'a"b')).err).toContain(
    'invalid --caller "a"b": it must not contain quotation',
  );
  expect((await run('audit', '--limit', '0')).code).toBe(1);
});

test('tail prints calls as they happen, and stops at Ctrl-C', async () => {
  const child = spawn(process.execPath, [resolve('bin/mcp-lambda'), 'tail', '--url', fixture.mcpUrl.href, '--errors'], {
    env: { ...process.env, ...stateOf([fixture.mcpUrl.href]) },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  await until('the start', () => err.includes('press Ctrl-C'));
  await run('call', 'echo', 'message=quiet');
  await run('call', 'crash');
  await until('the call', () => out.includes('tool crash'));
  child.kill('SIGINT');
  expect(await new Promise((done) => child.once('close', done))).toBe(0);
  expect(out).not.toContain('tool echo');
  expect(timeless(out.split('\n').find((line) => line.includes('tool crash'))!)).toMatchInlineSnapshot(
    `"12:00:00 ✗ tool crash 9 ms  user/admin (mcp-lambda/0.0.0)  error: thrown"`,
  );
});
