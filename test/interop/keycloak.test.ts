/**
 * Sign-in with Keycloak, an authorization server that the local runner does not replace. `npm run sign-in:keycloak` tries all clients and
 * registrations; other runs try one.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpAccess, McpAuth } from '../../src';
import { BrowsingPerson } from '../e2e/support/browsing-person';
import { type Fixture, startFixture } from '../e2e/support/fixture';
import { CALLBACK, Credentials, libraries, send } from '../e2e/support/sign-in';
import { freePort, programs, type Registration } from '../e2e/support/sign-in-programs';
import { NO_BROWSER, openBrowser } from '../support/browser';
import { CLIENT_ID, Keycloak, USER } from './support/keycloak';

const ALL = process.env.KEYCLOAK === 'all';
const SCOPES = ['tools', 'write'];

let keycloak: Keycloak;
let fixture: Fixture;
let browser: Browser;
beforeAll(async () => {
  if (NO_BROWSER) return;
  const port = await freePort();
  fixture = await startFixture({
    enforceAuth: true,
    server: { auth: McpAuth.oauth({ issuers: [Keycloak.issuerAt(port)], scopes: ['tools'] }) },
    extend: ({ server, fn }) => {
      server.addTool(fn('echo'), { name: 'refund', access: McpAccess.scopes('write') });
      server.addTool(fn('echo'), { name: 'audit', access: McpAccess.groups('audit, internal') });
    },
  });
  browser = await openBrowser();
  keycloak = await Keycloak.start(port);
  await keycloak.createRealm({
    mcpUrl: fixture.mcpUrl.href,
    callbacks: [CALLBACK, 'http://127.0.0.1/*', 'http://localhost/*'],
    scopes: SCOPES,
    groups: ['staff', 'audit, internal'],
  });
  await keycloak.allowRegistration(SCOPES);
});
afterAll(async () => {
  await keycloak?.[Symbol.asyncDispose]();
  await browser?.close();
  await fixture?.[Symbol.asyncDispose]();
});

/** Signs in at the page of Keycloak, and consents to the access of a client that registered itself. */
async function signIn(page: Page): Promise<void> {
  await page.locator('#username').fill(USER.username);
  await page.locator('#password').fill(USER.password);
  await page.locator('#kc-login').click();
  const consent = page.locator('[name=accept]');
  const { host } = new URL(keycloak.issuer);
  await Promise.race(
    [page.waitForURL((url) => url.host !== host), consent.waitFor()].map((each) => each.catch(() => {})),
  );
  if (await consent.isVisible()) await consent.click();
}

const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

async function connect(library: string, { clientId }: Registration) {
  const credentials = new Credentials(new BrowsingPerson(browser, signIn), clientId);
  const client = await libraries[library]!.connect(fixture.mcpUrl, credentials);
  return { credentials, client };
}

const registrations: ReadonlyArray<[string, Registration]> = [
  ['a client that was registered by hand', { clientId: CLIENT_ID }],
  ['a client that registers itself', {}],
];

describe.skipIf(NO_BROWSER)(`signs in with Keycloak${NO_BROWSER ? ` (skipped: ${NO_BROWSER})` : ''}`, () => {
  test('from 401 to a tool call, with scopes and groups', async () => {
    const { credentials, client } = await connect('@modelcontextprotocol/sdk', { clientId: CLIENT_ID });
    expect(await client.call('echo', { message: 'hello' })).toMatchObject({ content: [{ text: 'hello' }] });
    expect(await client.tools()).toContain('audit');
    expect(await client.tools()).not.toContain('refund');
    await client.close();
    expect(claims(credentials.stored!.access_token)).toMatchObject({
      iss: keycloak.issuer,
      scope: expect.stringMatching(/\btools\b/),
      groups: expect.arrayContaining(['staff', 'audit, internal']),
    });
    const { id_token, refresh_token } = credentials.stored!;
    for (const other of [id_token, refresh_token].filter((each) => each !== undefined))
      expect((await send(fixture.mcpUrl, { authorization: `Bearer ${other}` })).status).toBe(401);
  });

  describe.runIf(ALL).each(registrations)('%s', (_, registration) => {
    test.each(Object.keys(libraries))('%s calls a tool, and renews its token', async (library) => {
      const { credentials, client } = await connect(library, registration);
      expect(await client.call('echo', { message: 'hello' })).not.toHaveProperty('isError', true);
      await client.close();
      credentials.stored = { ...credentials.stored!, access_token: 'expired' };
      const renewed = await libraries[library]!.connect(fixture.mcpUrl, credentials);
      expect(await renewed.tools()).toContain('echo');
      expect(credentials.signIns).toBe(1);
      await renewed.close();
    });

    test.each(Object.entries(programs))('%s calls a tool', async (_name, run) => {
      const person = new BrowsingPerson(browser, signIn);
      const home = mkdtempSync(join(tmpdir(), 'keycloak-client-'));
      expect(await run(fixture.mcpUrl, { registration, person, home })).toContain('hello');
    });
  });

  describe.runIf(ALL)('with more than one token', () => {
    test('asks for the scope that a tool lacks', async () => {
      const { credentials, client } = await connect('@modelcontextprotocol/client', { clientId: CLIENT_ID });
      expect(await client.call('refund', { message: 'done' })).toMatchObject({ content: [{ text: 'done' }] });
      expect(credentials.signIns).toBe(2);
      await client.close();
    });

    test('signs in again after the refresh token was revoked', async () => {
      const { credentials, client } = await connect('@modelcontextprotocol/sdk', { clientId: CLIENT_ID });
      await client.close();
      const body = new URLSearchParams({ token: credentials.stored!.refresh_token!, client_id: CLIENT_ID });
      const revoked = await fetch(`${keycloak.issuer}/protocol/openid-connect/revoke`, { method: 'POST', body });
      expect(revoked.status).toBe(200);
      credentials.stored = { ...credentials.stored!, access_token: 'expired' };
      await (await libraries['@modelcontextprotocol/sdk']!.connect(fixture.mcpUrl, credentials)).close();
      expect(credentials.signIns).toBe(2);
    });

    test('accepts tokens of a new key', async () => {
      await keycloak.rotateKeys();
      const { client } = await connect('@modelcontextprotocol/sdk', { clientId: CLIENT_ID });
      expect(await client.tools()).toContain('echo');
      await client.close();
    });
  });
});
