/**
 * The sign-in page of the local runner in a real browser. `npm run sign-in:page` also takes each client program through it.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpAccess, McpAuth } from '../../src';
import { NO_BROWSER, openBrowser } from '../support/browser';
import { BrowsingPerson, signIn } from './support/browsing-person';
import { type Fixture, startFixture } from './support/fixture';
import { CALLBACK, Credentials, libraries, metadataOf } from './support/sign-in';
import { programs } from './support/sign-in-programs';

const ALL_CLIENTS = process.env.SIGN_IN_PAGE === 'all';
const REGISTRATIONS = [{ clientId: 'my-client' }, {}];

let fixture: Fixture;
let browser: Browser;
let issuer: string;
beforeAll(async () => {
  if (NO_BROWSER) return;
  browser = await openBrowser();
  fixture = await startFixture({
    enforceAuth: true,
    server: { auth: McpAuth.oauth({ issuers: ['https://login.example.com'], scopes: ['tools'] }) },
    extend: ({ server, fn }) => {
      server.addTool(fn('echo'), { name: 'audit', access: McpAccess.groups('staff', 'audit, internal') });
    },
  });
  [issuer] = (await metadataOf(fixture.mcpUrl)).authorization_servers as [string];
});
afterAll(async () => {
  await browser?.close();
  await fixture?.[Symbol.asyncDispose]();
});

const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

/** Connects a stock client whose user has the browser. */
async function connect(use: (page: Page) => Promise<unknown>, library = '@modelcontextprotocol/sdk') {
  const person = new BrowsingPerson(browser, use);
  const credentials = new Credentials(person);
  const client = await libraries[library]!.connect(fixture.mcpUrl, credentials);
  const tools = await client.tools();
  expect(await client.call('echo', { message: 'hello' })).not.toHaveProperty('isError', true);
  await client.close();
  return { person, credentials, tools, token: claims(credentials.stored!.access_token) };
}

/** An authorization request of a client that did not register. */
function authorizationUrl(parameters: Record<string, string> = {}): string {
  return `${issuer}/auth?${new URLSearchParams({
    client_id: 'my-client',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'tools',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    resource: fixture.mcpUrl.href,
    ...parameters,
  })}`;
}

/** Opens an address, and records the hosts that the browser asks for. */
async function open(url: string): Promise<{ page: Page; hosts: Set<string> } & AsyncDisposable> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(url);
  return { page, hosts, [Symbol.asyncDispose]: () => context.close() };
}

describe.skipIf(NO_BROWSER)(`in a browser${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  test.each(Object.keys(libraries))(
    '%s signs in as the chosen user, with scopes, groups and claims',
    async (library) => {
      const { person, credentials, tools, token } = await connect(async (page) => {
        await page.getByLabel('User (subject)').fill('ann');
        expect(await page.getByLabel('tools').isChecked()).toBe(true);
        await page.getByLabel('audit, internal').check();
        await page.getByLabel('Other groups').fill('one\ntwo, three');
        await page.getByLabel('Further claims').fill('level=3');
        await signIn(page);
      }, library);
      expect(token).toMatchObject({
        sub: 'ann',
        aud: fixture.mcpUrl.href,
        scope: 'tools',
        groups: ['audit, internal', 'one', 'two, three'],
        level: '3',
      });
      expect(tools).toContain('audit');
      expect(credentials.signIns).toBe(1);
      for (const text of ['https://login.example.com', 'e2e client', CALLBACK, fixture.mcpUrl.href])
        expect(person.pages[0]).toContain(text);
    },
  );

  test('asks again for a scope that the user did not grant', async () => {
    let visits = 0;
    const { tools, credentials } = await connect(async (page) => {
      if (++visits === 1) await page.getByLabel('tools').uncheck();
      await signIn(page);
    }, '@modelcontextprotocol/client');
    expect(credentials.signIns).toBe(2);
    expect(tools).not.toContain('audit'); // no group was chosen
  });

  test('needs no mouse', async () => {
    const { token } = await connect(async (page) => {
      const focused = () => page.evaluate('document.activeElement.name + "=" + document.activeElement.value');
      const next = async (element: string) => {
        await page.keyboard.press('Tab');
        expect(await focused()).toBe(element);
      };
      expect(await focused()).toBe('subject=developer');
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type('bob');
      await next('scope=tools');
      await page.keyboard.press('Space');
      expect(await page.getByLabel('tools').isChecked()).toBe(false);
      await page.keyboard.press('Space');
      await next('group=staff');
      await page.keyboard.press('Space');
      await next('group=audit, internal');
      await next('groups=');
      await page.keyboard.type('one');
      await next('claims=');
      await next('action=sign-in');
      await page.keyboard.press('Enter');
    });
    expect(token).toMatchObject({ sub: 'bob', scope: 'tools', groups: ['staff', 'one'] });
  });

  test('signs in when Enter is pressed in a field', async () => {
    const { token } = await connect((page) => page.getByLabel('User (subject)').press('Enter'));
    expect(token).toMatchObject({ sub: 'developer', scope: 'tools' });
  });

  test('returns a refusal to the client, without a user', async () => {
    const person = new BrowsingPerson(browser, async (page) => {
      await page.getByLabel('User (subject)').fill('');
      await page.getByRole('button', { name: 'Refuse' }).click();
    });
    const credentials = new Credentials(person);
    await expect(libraries['@modelcontextprotocol/sdk']!.connect(fixture.mcpUrl, credentials)).rejects.toThrow();
    expect(credentials.returned?.get('error')).toBe('access_denied');
  });

  test('does not sign in without a user', async () => {
    await using opened = await open(authorizationUrl());
    await opened.page.getByLabel('User (subject)').fill('');
    await signIn(opened.page);
    expect(new URL(opened.page.url()).pathname).toMatch(/\/sign-in\//);
    expect(await opened.page.evaluate('document.querySelector(":invalid[name=subject]") !== null')).toBe(true);
  });

  test.each([
    ['another site', { redirect_uri: 'https://attacker.example/callback' }],
    [
      'a callback address that the client did not register',
      { client_id: '', redirect_uri: 'http://127.0.0.1:9/other' },
    ],
  ])('does not return to %s', async (_, { client_id, redirect_uri }: { client_id?: string; redirect_uri: string }) => {
    const body = JSON.stringify({ client_name: 'strict', redirect_uris: [CALLBACK], application_type: 'native' });
    const headers = { 'content-type': 'application/json' };
    const registered = await (await fetch(`${issuer}/reg`, { method: 'POST', headers, body })).json();
    const id = client_id === undefined ? 'my-client' : (registered as { client_id: string }).client_id;
    await using opened = await open(authorizationUrl({ client_id: id, redirect_uri }));
    expect(await opened.page.innerText('body')).toContain('invalid_redirect_uri');
    expect([...opened.hosts]).toEqual([new URL(issuer).host]);
  });

  test('explains a sign-in that has ended, and one of another browser', async () => {
    await using opened = await open(authorizationUrl());
    const address = opened.page.url();
    await using other = await open(address);
    expect(await other.page.innerText('body')).toContain('was started in another browser');
    await opened.page.route(`${CALLBACK}**`, (route) => route.fulfill({ body: 'done' }));
    await signIn(opened.page);
    await opened.page.waitForURL(`${CALLBACK}**`);
    await opened.page.goto(address);
    expect(await opened.page.innerText('body')).toContain('this sign-in has ended');
  });

  test('names each field, fits a narrow window, and shows the name of a client as text', async () => {
    const name = '<img src=x onerror="document.title=1">';
    await using opened = await open(authorizationUrl({ client_id: name }));
    const { page } = opened;
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.innerText('body')).toContain(name);
    for (const field of await page.locator('input, textarea').all()) {
      const id = await field.getAttribute('name');
      expect(await field.evaluate((element: any) => element.labels.length), id!).toBe(1);
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 320, height: 600 });
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
  });

  describe.runIf(ALL_CLIENTS)('client programs', () => {
    for (const registration of REGISTRATIONS)
      test.each(Object.entries(programs))(
        `%s signs in (${registration.clientId ?? 'registers itself'})`,
        async (_, run) => {
          const person = new BrowsingPerson(browser);
          const home = mkdtempSync(join(tmpdir(), 'sign-in-page-'));
          expect(await run(fixture.mcpUrl, { registration, person, home })).toContain('hello');
          expect(person.pages.at(-1)).toMatch(/close this|success|complete/i);
        },
      );
  });
});
