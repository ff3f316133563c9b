import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { REPO_ROOT } from '../../../tools/cli/src/home.ts';
import { shopContext } from '../../../tools/cli/src/shop/context.ts';
import { findBrowser, HOW_TO_GET_A_BROWSER } from '../../../tools/cli/src/testing/find-browser.ts';

const SCREENSHOTS = join(REPO_ROOT, '.souk', 'screenshots');
const DESKTOP = { width: 1_200, height: 900 };
/** What is said when no one is signed in; a browser counts any answer from 400 on as an error of the page. */
const EXPECTED = /\/auth\/session$/;

/** A person's Chromium. Whatever its pages ask for is recorded, and no name but localhost can be resolved. */
export class Person {
  readonly page: Page;
  readonly asked: URL[] = [];
  /** What a developer would see in red: exceptions, refusals of the content security policy, answers from 400 on. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    context.on('request', (request) => this.asked.push(new URL(request.url())));
    context.on('weberror', (error) => this.complaints.push(error.error().message));
    context.on('console', (message) => {
      const { url } = message.location();
      if (message.type() === 'error' && !EXPECTED.test(url)) this.complaints.push(`${message.text()} ${url}`);
    });
  }

  static async at(browser: Browser): Promise<Person> {
    const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: 'reduce', locale: 'en-GB' });
    context.setDefaultTimeout(30_000);
    return new Person(context, await context.newPage());
  }

  /** For people to look at; in a folder that git ignores. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
  }

  leave(): Promise<void> {
    return this.#context.close();
  }
}

export function openBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error(HOW_TO_GET_A_BROWSER);
  // As root, in containers, Chromium refuses its own sandbox.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [
    ...sandbox,
    '--disable-dev-shm-usage',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  ];
  return chromium.launch({ executablePath, args });
}

/** Where the shop and its identity provider are for a browser. */
export function addresses(): { shop: string; identity: string } {
  const { SOUK_GATEWAY_URL, SOUK_IDENTITY_URL, SOUK_INSTANCE } = process.env;
  if (SOUK_GATEWAY_URL && SOUK_IDENTITY_URL) return { shop: SOUK_GATEWAY_URL, identity: SOUK_IDENTITY_URL };
  const { gatewayUrl, urls } = shopContext(SOUK_INSTANCE ?? 'default');
  return { shop: gatewayUrl, identity: urls.IDENTITY_URL ?? '' };
}
