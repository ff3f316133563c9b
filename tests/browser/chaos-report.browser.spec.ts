import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { judge } from '../../tools/chaos/src/prove/proof.ts';
import { renderIndex } from '../../tools/chaos/src/report/index-page.ts';
import { renderProof } from '../../tools/chaos/src/report/proof-page.ts';
import { renderReport } from '../../tools/chaos/src/report/report.ts';
import { anOutbox as pattern, aVerdict, someObservations } from '../../tools/chaos/src/report/runs.mother.ts';
import { REPO_ROOT } from '../../tools/cli/src/home.ts';
import { openBrowser } from './support/browser.ts';

jest.setTimeout(120_000);

/** For people to look at, with the screenshots; in a folder that git ignores. */
const FOLDER = join(REPO_ROOT, '.souk', 'screenshots', 'chaos');
const on = { verdict: aVerdict(), observations: someObservations() };
const expectations = aVerdict().expectations.map((one, index) =>
  index === 1 ? { ...one, figure: 42.1, ok: false } : one,
);
const off = {
  verdict: aVerdict({
    verdict: 'fail',
    expectations,
    sentence: 'Not as expected: customers can order all along: 42.1 %, at least 99 % was expected.',
    leftBehind: [`an-entry-without-any-place-to-break-it-${'x'.repeat(80)}`],
  }),
  observations: someObservations({ failing: true }),
};
const budgets = [
  { name: 'Checkout', promise: 'orders', objective: 99, unit: '%', figure: 98, budgetUsed: 2, ok: false },
];
const nothing = { answers: [], samples: [], marks: [], orders: [], phases: {} };
const PAGES = {
  passed: renderReport({ ...on, budgets }),
  failed: renderReport({ ...off, budgets }),
  empty: renderReport({
    verdict: aVerdict({ verdict: 'broken', expectations: [], invariants: [] }),
    observations: nothing,
  }),
  proof: renderProof(judge(pattern, on.verdict, off.verdict), on, off),
  index: renderIndex([on, off].map(({ verdict }) => ({ verdict, href: 'passed.html' }))),
};
const CASES = Object.keys(PAGES).flatMap((name) =>
  [1_280, 360].flatMap((width) => (['light', 'dark'] as const).map((scheme) => [name, width, scheme] as const)),
);

/** Texts that are cut off, or stand out of the window. */
const SPILLED = `[...document.querySelectorAll('main *')].filter((one) => {
  const { left, right, width } = one.getBoundingClientRect();
  return width > 0 && !one.closest('.axis, .timeline, .unseen, svg') && (left < -1 || right > window.innerWidth + 1);
}).map((one) => one.className || one.tagName)`;

describe('pages about runs in a browser', () => {
  let browser: Browser;
  let context: BrowserContext;
  let complaints: string[];
  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    for (const [name, text] of Object.entries(PAGES)) writeFileSync(join(FOLDER, `${name}.html`), text);
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  // Whatever was looked at: nothing was asked of anybody, and the browser had nothing to say about it.
  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  async function open(name: string, width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
    complaints = [];
    context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    context.on('weberror', (error) => complaints.push(error.error().message));
    context.on('console', (message) => complaints.push(message.text()));
    context.on('request', (request) => {
      if (!request.url().startsWith('file:')) complaints.push(`asked for ${request.url()}`);
    });
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(FOLDER, `${name}.html`)).href);
    return page;
  }

  it.each(CASES)('%s fits %i px in %s', async (name, width, scheme) => {
    const page = await open(name, width, scheme);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(await page.evaluate(SPILLED)).toEqual([]);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(scheme === 'light' ? 'rgb(250, 247, 242)' : 'rgb(26, 24, 21)');
    await page.screenshot({ path: join(FOLDER, `${name}-${width}-${scheme}.png`), fullPage: true });
  });

  it('charts can be read without being seen', async () => {
    const page = await open('passed', 1_280, 'light');
    const image = page.getByRole('img', { name: 'Orders', exact: true });
    expect(await image.locator('desc').textContent()).toContain('confirmed: 0.88/s before, 0/s during');
    const rows = page.getByRole('table', { name: 'Latency by class, p95' }).getByRole('row');
    expect(await rows.count()).toBe(8);
    const levels = await page.evaluate(`[...document.querySelectorAll('h1, h2, h3')].map(({ tagName }) => tagName)`);
    expect(levels).toEqual(expect.arrayContaining(['H1', 'H2', 'H3']));
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  });

  it('the pointer shows what all charts had at that moment, and takes it away again', async () => {
    const page = await open('passed', 1_280, 'light');
    const now = page.locator('.legend .now');
    const orders = page.locator('.lines > .plot');
    await orders.scrollIntoViewIfNeeded();
    const box = await orders.boundingBox();
    if (box === null) throw new Error('the chart of orders is not to be seen');
    // Nothing is confirmed while the fault lasts.
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
    expect((await now.allTextContents()).slice(0, 2)).toEqual([expect.stringMatching(/^0\.\d+\/s$|^1\/s$/), '0/s']);
    expect(await page.locator('.cursor').first().evaluate('(one) => getComputedStyle(one).opacity')).not.toBe('0');
    await page.mouse.move(box.x + box.width / 2, box.y - 60);
    expect(new Set(await now.allTextContents())).toEqual(new Set(['']));
  });

  it('is whole on paper', async () => {
    const page = await open('passed', 1_280, 'dark');
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(35, 32, 28)');
    expect((await page.pdf({ format: 'A4' })).byteLength).toBeGreaterThan(10_000);
  });
});
