import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Shop } from '../e2e/support/shop.ts';
import { addresses, openBrowser, Person } from './support/browser.ts';

const { shop: shopUrl, identity: identityUrl } = addresses();
const portOf = (url: string): string => new URL(url).port;
const OWN = ['localhost', '127.0.0.1'].flatMap((host) =>
  [shopUrl, identityUrl].map((url) => `http://${host}:${portOf(url)}`),
);

/** Notes how the page scrolls by itself. */
const NOTE_SCROLLS = `
  window.scrolls = [];
  Element.prototype.scrollIntoView = (options) => window.scrolls.push(options.behavior);`;
const productsOf =
  (category: string) =>
  (of: URL | { url(): string }): boolean => {
    const { pathname, searchParams } = of instanceof URL ? of : new URL(of.url());
    return pathname === '/api/products' && searchParams.get('category') === category;
  };

// A browser on a busy machine of two cores; each wait has a limit of its own.
jest.setTimeout(120_000);

describe('a visit by browser', () => {
  let browser: Browser;
  let shop: Shop;
  let person: Person;
  beforeAll(async () => {
    shop = await Shop.open();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await shop?.tidyUp();
  });
  beforeEach(async () => {
    person = await Person.at(browser);
  });
  // Of every page of every test: nothing was asked of anybody else, and nothing was wrong with it.
  afterEach(async () => {
    const foreign = person.asked.filter(({ origin, protocol }) => protocol !== 'data:' && !OWN.includes(origin));
    const { complaints } = person;
    await person.leave();
    expect({ foreign: foreign.map(({ href }) => href), complaints }).toEqual({ foreign: [], complaints: [] });
    expect(person.asked.length).toBeGreaterThan(3);
  });

  const byRole: Person['page']['getByRole'] = (...args) => person.page.getByRole(...args);
  const orders = () => person.page.locator('#order-list > li');
  const shelf = () => person.page.locator('#product-list > li');

  /** Goes on by the keyboard alone until what has this name has the focus. */
  async function tabTo(name: string): Promise<void> {
    for (let steps = 0; steps < 12; steps++) {
      await person.page.keyboard.press('Tab');
      const focused = await person.page.evaluate(
        '(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()',
      );
      if (focused === name) return;
    }
    throw new Error(`no way to ${name} by the keyboard`);
  }

  async function signIn(user: string): Promise<void> {
    await byRole('link', { name: 'Sign in' }).click();
    await byRole('link', { name: 'Souk account' }).click();
    await person.page.waitForURL((url) => url.port === portOf(identityUrl));
    await byRole('textbox', { name: 'Somebody else' }).fill(user);
    await byRole('button', { name: 'Sign in' }).click();
    await person.page.getByText(user, { exact: true }).waitFor();
  }

  it('FED-1 signs in by clicking, sees its orders, orders once more, signs out and is a visitor again', async () => {
    const { page } = person;
    const user = `browser-${randomBytes(5).toString('hex')}`;
    const ware = await shop.newProduct(5, 1_995);
    const earlier = await shop.placed(await shop.token(user), {
      lines: [{ sku: ware.sku, quantity: 2 }],
      total: 3_990,
    });

    await page.addInitScript(NOTE_SCROLLS);
    await page.goto(shopUrl);
    await shelf().first().waitFor();
    expect(await byRole('button', { name: 'Sign out' }).isVisible()).toBe(false);
    await person.screenshot('1-visitor');

    await signIn(user);
    expect(new URL(page.url()).pathname).toBe('/');
    const before = page.locator(`[data-id="${earlier.orderId}"]`);
    // The list is a view of its own and may be a moment behind.
    await expectSoon(async () => (await before.isVisible()) || (await page.reload(), false));
    expect(await before.innerText()).toMatch(/2 × Test ware .*\n[\s\S]*€39\.90\n+confirmed/);
    await person.screenshot('2-signed-in');

    await byRole('button', { name: 'Test', exact: true }).click();
    await byRole('button', { name: `Order one ${ware.name}` }).click();
    await page.locator(`#order-list > li:first-child:not([data-id="${earlier.orderId}"]) .status.good`).waitFor();
    await byRole('status').getByText(`Your order of 1 × ${ware.name}: confirmed.`).waitFor();
    expect(await orders().count()).toBe(2);
    // This person's system asks for reduced motion.
    expect(await page.evaluate('window.scrolls')).toEqual(['instant']);
    await person.screenshot('3-ordered');

    expect(await page.evaluate('document.cookie')).not.toContain('souk-session');
    await byRole('button', { name: 'Sign out' }).click();
    await page.waitForURL((url) => url.port === portOf(identityUrl));
    await person.screenshot('4-sign-out');
    await byRole('button', { name: 'Sign out' }).click();
    await byRole('link', { name: 'Sign in' }).waitFor();
    expect([await page.getByText(user).count(), await orders().count()]).toEqual([0, 0]);
    expect((await page.context().cookies()).map(({ name }) => name)).not.toContain('souk-session');

    await byRole('link', { name: 'Sign in' }).click();
    // The provider asks again: it has forgotten, too.
    await byRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('FED-5 signs in where the address belongs, and goes there at once the next time', async () => {
    const { page } = person;
    await page.goto(shopUrl);
    await shelf().first().waitFor();
    await byRole('link', { name: 'Sign in' }).click();
    await byRole('textbox', { name: 'Your e-mail address' }).fill('carla@corp.example');
    await byRole('button', { name: 'Continue' }).click();
    await page.waitForURL(({ pathname }) => pathname.startsWith('/corporate/'));
    expect(await byRole('textbox', { name: 'Somebody else' }).inputValue()).toBe('carla@corp.example');
    await byRole('button', { name: 'Sign in' }).click();
    await page.getByText('carla@corp.example', { exact: true }).waitFor();

    await page.context().clearCookies({ name: 'souk-session' });
    await page.reload();
    await byRole('link', { name: 'Sign in' }).click();
    // Neither the shop nor the provider asks.
    await page.getByText('carla@corp.example', { exact: true }).waitFor();
  });

  it('shows the reference with its operations', async () => {
    const { page } = person;
    await page.goto(new URL('/docs', shopUrl).href);
    await page.locator('.opblock').first().waitFor();
    const operations = await page.locator('.opblock').count();
    const { paths } = (await (await fetch(new URL('/openapi.json', shopUrl))).json()) as {
      paths: Record<string, object>;
    };
    const methods = new Set(['get', 'post', 'put', 'delete']);
    const documented = Object.values(paths).flatMap((path) => Object.keys(path).filter((name) => methods.has(name)));
    expect(operations).toBe(documented.length);
    expect(operations).toBeGreaterThan(20);
    await person.screenshot('5-reference');
    await page.getByText('/api/products', { exact: true }).first().click();
    await page.locator('.opblock.is-open').waitFor();
    await person.screenshot('6-operation');
  });

  it('fits a phone, by its keyboard too', async () => {
    const { page } = person;
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(shopUrl);
    await shelf().first().waitFor();
    const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBe(0);
    await person.screenshot('7-phone');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the products');
    const unnamed = await page.evaluate(
      "[...document.querySelectorAll('a, button')].filter((one) => !(one.ariaLabel ?? one.textContent).trim()).length",
    );
    expect(unnamed).toBe(0);

    const user = `keys-${randomBytes(5).toString('hex')}`;
    await tabTo('Sign in');
    await page.keyboard.press('Enter');
    await byRole('link', { name: 'Souk account' }).waitFor();
    await tabTo('Souk account');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.port === portOf(identityUrl));
    await tabTo('Somebody else');
    await page.keyboard.type(user);
    await page.keyboard.press('Enter');
    await page.getByText(user, { exact: true }).waitFor();
    expect(await orders().count()).toBe(0);
  });

  it('shows the shelf that was chosen last, and marks it when it is there', async () => {
    const { page } = person;
    await page.goto(shopUrl);
    await shelf().first().waitFor();
    const [slow = '', quick = ''] = (
      await byRole('group', { name: 'Shelves' }).getByRole('button').allTextContents()
    ).slice(1);
    const release = Promise.withResolvers<void>();
    await page.route(productsOf(slow), (route) => release.promise.then(() => route.continue()));
    const answered = page.waitForResponse(productsOf(slow));
    const marked = page.locator('#shelves [aria-pressed="true"]');
    await byRole('button', { name: slow, exact: true }).click();
    expect(await marked.allTextContents()).toEqual(['All']);
    await byRole('button', { name: quick, exact: true }).click();
    await byRole('heading', { name: quick, exact: true }).waitFor();
    release.resolve();
    await (await answered).finished();
    // Once more round: the page has had its turn with the late answer.
    await page.evaluate('new Promise((done) => setTimeout(done))');
    expect(await marked.allTextContents()).toEqual([quick]);
    expect(await page.locator('#products-title').textContent()).toBe(quick);

    await page.unroute(productsOf(slow));
    await page.route(productsOf(slow), (route) => route.abort());
    await byRole('button', { name: slow, exact: true }).click();
    await byRole('status').waitFor();
    expect(await marked.allTextContents()).toEqual([quick]);
    // The browser's own word about the request that was cut off.
    expect(person.complaints.splice(0)).toEqual([expect.stringContaining('net::ERR_FAILED')]);
  });

  it('takes no word of its own for a reason', async () => {
    const { page } = person;
    await page.goto(new URL('/#constructor', shopUrl).href);
    await shelf().first().waitFor();
    expect(await page.locator('#notice').isVisible()).toBe(false);
  });

  it('says what is the matter when a sign-in comes to nothing', async () => {
    const { page } = person;
    await page.goto(new URL('/auth/callback?error=access_denied&state=x', shopUrl).href);
    await page.getByText('The sign-in was not completed').waitFor();
    expect(new URL(page.url()).hash).toBe('');
  });
});

async function expectSoon(isSo: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 15_000;
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error('the order is not on the list after 15 s');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
