import type { Browser, BrowserContext, Page } from 'playwright-core';
import { CALLBACK } from './sign-in';

/** A person with a real browser, who uses the sign-in page as `use` says. */
export class BrowsingPerson {
  /** The text of each page that the person saw. */
  readonly pages: string[] = [];

  constructor(
    private readonly browser: Browser,
    private readonly use: (page: Page) => Promise<unknown> = signIn,
  ) {}

  /** Signs in. Returns the parameters with which the browser returns to the callback address, at which nothing listens. */
  async open(url: URL): Promise<URLSearchParams> {
    await using context = await this.browser.newContext();
    const returned = new Promise<URL>((done) => {
      const answer = { contentType: 'text/plain', body: 'You can close this window.' };
      void context.route(`${CALLBACK}**`, (route) => {
        done(new URL(route.request().url()));
        return route.fulfill(answer);
      });
    });
    await this.visit(context, url);
    return (await returned).searchParams;
  }

  /** Signs in, and waits for the page of the client that listens at its callback address. */
  async openAndReturn(url: URL): Promise<void> {
    await using context = await this.browser.newContext();
    const page = await this.visit(context, url);
    await page.waitForURL(({ host }) => host !== url.host);
    await page.waitForLoadState();
    this.pages.push(await page.innerText('body'));
  }

  private async visit(context: BrowserContext, url: URL): Promise<Page> {
    const page = await context.newPage();
    await page.goto(url.href);
    this.pages.push(await page.innerText('body'));
    await this.use(page);
    return page;
  }
}

/** Accepts what the page proposes. */
export function signIn(page: Page): Promise<void> {
  return page.getByRole('button', { name: 'Sign in' }).click();
}
