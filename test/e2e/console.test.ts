import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpSchema } from '../../src';
import { NO_BROWSER, openBrowser } from '../support/browser';
import { sseClient, v2Client } from './support/clients';
import { type Fixture, startFixture } from './support/fixture';

/** Pictures of each screen, which CI keeps. */
const PICTURES = join(import.meta.dirname, '..', '..', 'results', 'console');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Texts that must not act: markup, links, escape sequences, and characters that change the direction of text. */
const HOSTILE = [
  '<img src="http://127.0.0.1:9/pixel" onerror="window.hacked = 1">',
  '<script>window.hacked = 2</script></script><svg onload="window.hacked = 3">',
  '[click](javascript:window.hacked=4) javascript:window.hacked=5 http://evil.example/',
  '\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007 \u001b[2J\u001b[31mred',
  'invoice\u202Efdp.exe \u2066isolated\u2069 zero\u200bwidth',
  '{{constructor.constructor("window.hacked=6")()}} #{window.hacked=7}',
].join('\n');

/** What a page of another origin tries. It returns what succeeded. */
const ATTEMPTS = `async (origin) => {
  const api = origin + '/console/api/';
  const attempt = (route, init) => fetch(api + route, init).then(() => 'read', () => 'blocked');
  const events = new Promise((resolve) => {
    const source = new EventSource(api + 'events');
    source.onopen = () => resolve('read');
    source.onerror = () => resolve('blocked');
  });
  const frame = document.createElement('iframe');
  frame.src = origin + '/';
  const loaded = new Promise((resolve) => (frame.onload = resolve));
  document.body.append(frame);
  await loaded;
  let embedded = 'blocked';
  try {
    if (frame.contentDocument.querySelector('#app')) embedded = 'read';
  } catch {}
  await fetch(api + 'inspector', { method: 'POST', mode: 'no-cors' }).catch(() => {});
  const read = await attempt('state');
  const cleared = await attempt('calls', { method: 'DELETE' });
  return { read, cleared, events: await events, embedded };
}`;

describe.skipIf(NO_BROWSER)(`the console in a browser${NO_BROWSER ? `: ${NO_BROWSER}` : ''}`, () => {
  let fixture: Fixture;
  let browser: Browser;
  /** Addresses that the pages requested. */
  const requested: string[] = [];
  const problems: string[] = [];
  const origin = () => fixture.mcpUrl.origin;

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    fixture = await startFixture({
      extend: ({ server, fn }) => {
        server.addTool(fn('forge'), { name: 'forge', description: 'Writes to a table without a grant' });
        server.addTool(fn('reflect'), {
          name: 'hostile_definition',
          description: '<img src=x onerror="window.hacked=8"> [link](javascript:window.hacked=9)',
          inputSchema: McpSchema.fromObject({
            type: 'object',
            properties: {
              '<b onclick="window.hacked=10">x</b>': {
                type: 'string',
                description: '<script>window.hacked=11</script>',
              },
            },
          }),
        });
      },
    });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await fixture?.[Symbol.asyncDispose]();
  });

  async function open(options: BrowserContextOptions = {}, hash = ''): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1360, height: 850 }, ...options });
    const page = await context.newPage();
    page.on('request', (request) => requested.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('dialog', (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(`${origin()}/${hash}`);
    await page.getByText('Live', { exact: true }).waitFor();
    return page;
  }

  const shoot = (page: Page, name: string) => page.screenshot({ path: join(PICTURES, `${name}.png`) });
  const callRow = (page: Page, name: string) =>
    page.getByRole('list', { name: 'Calls' }).getByRole('link', { name }).first();
  const detail = (page: Page) => page.getByRole('article');

  /** Returns the findings of axe on the page. */
  async function findings(page: Page): Promise<string[]> {
    await page.evaluate(AXE); // not as a script tag, which the policy of the page forbids
    const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
      violations: Array<{ id: string; nodes: Array<{ html: string; failureSummary?: string }> }>;
    };
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`),
    );
  }

  test('shows how to connect before the first call', async () => {
    const page = await open();
    await page.getByText('Waiting for the first call').waitFor();
    await page.getByText(`claude mcp add --transport http e2e ${fixture.mcpUrl}`).waitFor();
    await shoot(page, 'empty');
    expect(await findings(page)).toEqual([]);
    await page.context().close();
  });

  test('shows calls of all clients while they run, and each in full', async () => {
    const page = await open();
    const client = await v2Client(fixture, { pin: '2026-07-28' });
    const slow = client.callTool({ name: 'slow', arguments: { seconds: 1 } });
    await callRow(page, 'running slow').waitFor();
    await slow;
    await callRow(page, 'ok slow').waitFor();
    const session = await sseClient(fixture);
    await session.callTool({ name: 'echo', arguments: { message: 'over SSE' } });
    await client.callTool({ name: 'fail' });
    await client.callTool({ name: 'forge' });
    await client.callTool({ name: 'unknown_tool' }).catch(() => {});
    await callRow(page, 'error unknown_tool').waitFor();

    await callRow(page, 'ok echo').click();
    await detail(page).getByText('HTTP+SSE').waitFor();
    await detail(page).getByText('over SSE').first().waitFor();
    for (const step of ['API Gateway', 'authorizer', 'function', 'AWS call', 'permission', 'answer']) {
      await detail(page).getByText(step, { exact: true }).first().waitFor();
    }
    await shoot(page, 'call');
    expect(await findings(page)).toEqual([]);

    await callRow(page, 'error fail').click();
    await page.getByRole('region', { name: 'Logs' }).getByText('the database rejected the query').first().waitFor();
    await shoot(page, 'error');

    await callRow(page, 'error forge').click();
    await detail(page).getByText('table.grantWriteData(fn)').waitFor();
    const permissions = page.getByRole('region', { name: 'Permissions' });
    await permissions.getByText('dynamodb:PutItem', { exact: true }).waitFor();
    await permissions.getByText('lambda:InvokeFunction').last().click();
    await permissions.getByText('"Effect": "Allow"').first().waitFor();
    await permissions.scrollIntoViewIfNeeded();
    await shoot(page, 'permissions');
    expect(await findings(page)).toEqual([]);
    await Promise.all([client.close(), session.close()]);
    await page.context().close();
  });

  test('filters calls, and clears them', async () => {
    const page = await open();
    await page.keyboard.press('/');
    await page.keyboard.type('forge');
    await page.getByText(/^1 call of \d+$/).waitFor();
    await page.getByRole('searchbox').fill('nothing like this');
    await page.getByText('No call matches').waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show all calls' }).click();
    await page.getByRole('button', { name: 'Failed' }).click();
    await page.getByRole('list', { name: 'Calls' }).waitFor();
    expect(await page.getByRole('list', { name: 'Calls' }).getByText('echo').count()).toBe(0);
    await page.context().close();
  });

  test('lists tools, resources and prompts with schema, owner and construct', async () => {
    const page = await open({}, '#/catalog/tool/weather');
    await detail(page).getByText('city', { exact: true }).first().waitFor();
    await detail(page).getByText('required').first().waitFor();
    await detail(page).getByText('stack', { exact: true }).waitFor();
    await shoot(page, 'tools');
    expect(await findings(page)).toEqual([]);
    for (const name of ['readme', 'page', 'greeting']) {
      await page.getByRole('link', { name }).click();
      await detail(page).getByRole('heading', { name }).waitFor();
    }
    await page.context().close();
  });

  test('lists sessions', async () => {
    const page = await open({}, '#/sessions');
    const client = await sseClient(fixture);
    await page
      .getByRole('row', { name: /open .*HTTP\+SSE/ })
      .first()
      .waitFor();
    await shoot(page, 'sessions');
    expect(await findings(page)).toEqual([]);
    await client.close();
    await page.context().close();
  });

  test('copies the configuration of each client', async () => {
    const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] }, '#/connect');
    const card = page.getByRole('region', { name: 'VS Code, file' });
    await card.getByRole('button', { name: 'Copy configuration of VS Code' }).click();
    await card.getByRole('button', { name: 'Copied' }).waitFor();
    for (const title of ['Claude Code', 'Claude Desktop', 'Cursor'])
      await page.getByRole('heading', { name: title }).first().waitFor();
    expect(await card.getByRole('link', { name: 'Add to VS Code' }).getAttribute('href')).toMatch(
      /^vscode:mcp\/install\?/,
    );
    await shoot(page, 'connect');
    expect(await findings(page)).toEqual([]);
    await page.context().close();
  });

  test('works with the keyboard alone', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter'); // Skip to content
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab'); // the first call
    const focused = () => page.evaluate<string | null>('document.activeElement.getAttribute("href")');
    const first = await focused();
    expect(first).toMatch(/^#\/calls\/\d+$/);
    await page.keyboard.press('ArrowDown');
    expect(await focused()).not.toBe(first);
    expect(new URL(page.url()).hash).toBe(await focused());
    await page.keyboard.press('k');
    expect(await focused()).toBe(first);
    await page.context().close();
  });

  test('has a dark and a narrow form', async () => {
    for (const [name, options] of [
      ['dark', { colorScheme: 'dark' }],
      ['narrow', { viewport: { width: 420, height: 900 } }],
    ] as const) {
      const page = await open(options);
      await detail(page).waitFor();
      await shoot(page, name);
      expect(await findings(page)).toEqual([]);
      await page.context().close();
    }
  });

  test('shows hostile texts of tools and clients as text', async () => {
    const client = new Client({ name: '<img src=x onerror="window.hacked=12">', version: '\u202E1' });
    await client.connect(new StreamableHTTPClientTransport(fixture.mcpUrl));
    await client.callTool({ name: 'echo', arguments: { message: HOSTILE } });
    await client.callTool({ name: HOSTILE, arguments: {} }).catch(() => {});
    await client.close();
    const page = await open();
    await callRow(page, '<img src=x').waitFor();
    for (const row of await page.getByRole('list', { name: 'Calls' }).getByRole('link').all()) {
      await row.click();
      await detail(page).waitFor();
    }
    await page.getByRole('searchbox').fill('echo');
    await callRow(page, 'echo').click();
    await detail(page).getByText('<script>window.hacked = 2</script>').first().waitFor();
    await detail(page).getByText('\\x1b').first().waitFor();
    await detail(page).getByText('\\u202e').first().waitFor();
    await shoot(page, 'hostile');
    await page.evaluate('location.hash = "#/catalog/tool/hostile_definition"');
    await detail(page).getByText('<script>window.hacked=11</script>', { exact: true }).waitFor();
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(
      await page
        .locator('main img, main script, main iframe, main a[href^="javascript:"], main a[href^="http"]')
        .count(),
    ).toBe(0);
    const html = await page.locator('main').innerHTML();
    for (const hidden of ['\u001b', '\u202e', '\u2066']) expect(html).not.toContain(hidden);
    await page.context().close();
  });

  test('lets pages of other origins neither read, act nor embed', async () => {
    const foreign: Server = createServer((_, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<h1>x'));
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    const page = await (await browser.newContext()).newPage();
    await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
    const { length } = fixture.runner.calls.all;
    const outcome = await page.evaluate(`(${ATTEMPTS})('${origin()}')`);
    expect(outcome).toEqual({ read: 'blocked', cleared: 'blocked', events: 'blocked', embedded: 'blocked' });
    expect(fixture.runner.calls.all).toHaveLength(length);
    await page.context().close();
    foreign.close();
  });

  test('clears the list', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('Waiting for the first call').waitFor();
    expect(fixture.runner.calls.all).toEqual([]);
    await page.context().close();
  });

  test('requests nothing but its own files, and reports no errors', async () => {
    expect(requested.filter((url) => !url.startsWith(`${origin()}/`))).toEqual([]);
    expect(problems).toEqual([]);
  });
});
