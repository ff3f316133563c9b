import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openShop, send, type TestShop } from '../gateway.mother.js';

const ASSETS = join(import.meta.dirname, '../../assets');
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

describe('the page for browsers', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop.close());
  const get = (target: string, headers: Record<string, string> = {}) => send(shop.gateway.port, target, { headers });

  it('is at / for browsers; all others get the guide, which browsers find at /guide', async () => {
    const page = await get('/', BROWSER);
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const [asked, guide] = [await get('/', { accept: '*/*' }), await get('/guide', BROWSER)];
    expect([asked.headers['content-type'], guide.headers['content-type']]).toEqual(
      Array(2).fill('text/plain; charset=utf-8'),
    );
    expect(asked.text).toBe(guide.text);
    expect([page.headers.vary, asked.headers.vary]).toEqual(['accept, accept-encoding', 'accept, Accept-Encoding']);
  });

  it('may load what is here and nothing else, and runs nothing that stands in it', async () => {
    const { headers, text } = await get('/', BROWSER);
    const policy = headers['content-security-policy'];
    for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"])
      expect(policy).toContain(rule);
    expect(policy).not.toMatch(/unsafe|data:|https?:|\*/);
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|https?:\/\//);
  });

  it('is small, and everything that it names is there', async () => {
    const { text } = await get('/', BROWSER);
    const named = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(new Set(named).size).toBe(readdirSync(ASSETS).length - 1);
    for (const path of named) expect([path, (await get(path)).status]).toEqual([path, 200]);
    const sizes = readdirSync(ASSETS).map((name) => statSync(join(ASSETS, name)).size);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(40_000);
  });

  it('is not sent again to who has it', async () => {
    for (const target of ['/', '/assets/souk.js']) {
      const first = await get(target, BROWSER);
      expect(first.headers['cache-control']).toBe('public, no-cache');
      const again = await get(target, { ...BROWSER, 'if-none-match': first.headers.etag ?? '' });
      expect([again.status, again.text]).toEqual([304, '']);
    }
  });

  it.each(['/assets/', '/assets/index.html', '/assets/..%2fpackage.json', '/assets/souk.js/x', '/assets'])(
    'has nothing at %s',
    async (target) => {
      expect([400, 404]).toContain((await get(target)).status);
    },
  );

  it.each(['/?x=1', '/assets/souk.css?x=1', '/guide?x=1'])('reads no query at %s', async (target) => {
    for (const headers of [BROWSER, {}]) expect((await get(target, headers)).json.code).toBe('validation-failed');
  });

  it('shows every reason with which a sign-in sends people here', () => {
    const script = readFileSync(join(ASSETS, 'souk.js'), 'utf8');
    for (const code of ['sign-in-failed', 'identity-unavailable', 'session-ended'])
      expect(script).toContain(`'${code}':`);
  });
});
