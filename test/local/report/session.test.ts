import { expect, it } from 'vitest';
import { callServer } from '../support/call-server.js';
import { LOOKUP, ShopProject } from '../support/shop.js';
import { TerminalSession } from '../support/terminal-session.js';

/** Replaces what differs between two sessions. */
function comparable(text: string, directory: string): string {
  const ports = new Map<string, string>();
  return text
    .replaceAll(directory, '/shop')
    .replace(/127\.0\.0\.1:(\d+)/g, (_, port: string) => {
      if (!ports.has(port)) ports.set(port, String(3001 + ports.size));
      return `127.0.0.1:${ports.get(port)}`;
    })
    .replace(/^(\{dim\})?\d\d:\d\d:\d\d/gm, '$108:06:05')
    .replace(/\d+(\.\d)? m?s\b/g, '23 ms')
    .replace(/· [0-9a-f]{8}(?=(\{\/\})?$)/gm, '· 1a2b3c4d')
    .replace(/Shop-(\w+)-[0-9A-F]{12}/g, 'Shop-$1-1A2B3C4D5E6F')
    .replace(/@[\d.]+ --transport/g, ' --transport');
}

it.runIf(process.platform === 'linux')('a session in a terminal looks like this', async () => {
  using shop = new ShopProject();
  await using session = new TerminalSession(['local', '--watch', '--port', '0'], shop.directory);
  await session.until('Ctrl-C to stop');
  const [, url] = /Streamable HTTP {2}(\S+)/.exec(session.text)!;
  const tool = (name: string, orderId?: string) =>
    callServer(url, 'tools/call', { name, arguments: orderId === undefined ? {} : { orderId } });

  await callServer(url, 'tools/list');
  await session.until('tools/list → ok');
  await tool('lookup_order', 'A-1001');
  await session.until('low stock');
  await tool('lookup_order', '1001');
  await session.until('does not match');
  await tool('cancel_order', 'A-1001');
  await session.until('at handler');
  await tool('delete_order', 'A-1001');
  await session.until('unknown tool');
  await tool('report');
  await session.until('done');
  await session.until('report → ok');

  shop.write('functions/lookup/index.mjs', LOOKUP.replace('looking up', 'searching'));
  await session.until('(code) in');
  shop.describeLookup('An order by its number');
  await session.until('(description) in');
  shop.write('app.cjs', 'throw new Error("no stock");');
  await session.until('not updated');
  session.interrupt();
  expect(await session.exit).toBe(0);

  expect(session.output).toMatch(/⠋.*running the app's command \d+ s/);
  await expect(comparable(session.text, shop.directory)).toMatchFileSnapshot('session.txt');
  await expect(comparable(session.styledText, shop.directory)).toMatchFileSnapshot('session-colours.txt');
});
