import { readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openShop, send, type TestShop } from '../gateway.mother.js';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const get = (path: string, headers: Record<string, string> = {}) => send(shop.gateway.port, path, { headers });
const committed = (name: string) => readFileSync(new URL(`../../../contracts/${name}`, import.meta.url), 'utf8');

/** The answer as it travels. */
function raw(path: string, headers: Record<string, string>): Promise<{ headers: IncomingHttpHeaders; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    request({ port: shop.gateway.port, host: '127.0.0.1', path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      response.on('end', () => resolve({ headers: response.headers, bytes: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the documents', () => {
  it.each(['openapi.json', 'asyncapi.json'])('/%s is the committed one', async (name) => {
    const { status, headers, text } = await get(`/${name}`);
    expect([status, headers['content-type'], text]).toEqual([200, 'application/json; charset=utf-8', committed(name)]);
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(text));
  });

  it('are not sent again to who has them', async () => {
    const { etag = '' } = (await get('/openapi.json')).headers;
    const again = await get('/openapi.json', { 'if-none-match': `"other", ${etag}` });
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag]);
    expect((await get('/openapi.json', { 'if-none-match': '*' })).status).toBe(304);
    expect((await get('/openapi.json', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it.each([
    ['gzip', 'gzip'],
    ['br, gzip;q=0.5', 'gzip'],
    ['*', 'gzip'],
    ['gzip;q=0', undefined],
    ['br', undefined],
  ])('are compressed for a reader of %s as %s', async (accepted, coding) => {
    const { headers, bytes } = await raw('/openapi.json', { 'accept-encoding': accepted });
    expect([headers['content-encoding'], headers.vary]).toEqual([coding, 'accept-encoding']);
    expect((coding === undefined ? bytes : gunzipSync(bytes)).toString()).toBe(committed('openapi.json'));
  });

  it('answer HEAD as GET, without the body', async () => {
    const [head, whole] = [
      await send(shop.gateway.port, '/openapi.json', { method: 'HEAD' }),
      await get('/openapi.json'),
    ];
    expect([head.status, head.text, head.headers.etag]).toEqual([200, '', whole.headers.etag]);
    expect(head.headers['content-length']).toBe(whole.headers['content-length']);
  });

  it.each(['/openapi.json', '/asyncapi.json', '/docs', '/docs/docs.js'])('take no POST at %s', async (path) => {
    const answer = await send(shop.gateway.port, path, { method: 'POST' });
    expect([answer.status, answer.json.code, answer.headers.allow]).toEqual([405, 'method-not-allowed', 'GET, HEAD']);
  });

  it('read no query', async () => {
    expect((await get('/openapi.json?v=1')).json).toMatchObject({ code: 'validation-failed', errors: [{ path: 'v' }] });
  });
});

describe('the reference for people', () => {
  it('is a page whose every part is here, and nothing else', async () => {
    const { status, headers, text } = await get('/docs');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    const targets = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target = '']) => target);
    expect(targets.length).toBeGreaterThan(5);
    const missing = targets.filter((target) => target !== 'data:,');
    const answers = await Promise.all(missing.map(async (target) => [target, (await get(target)).status]));
    expect(answers).toEqual(missing.map((target) => [target, 200]));
  });

  it.each([
    ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
    ['/docs/swagger-ui.css', 'text/css; charset=utf-8'],
    ['/docs/docs.js', 'text/javascript; charset=utf-8'],
    ['/docs/docs.css', 'text/css; charset=utf-8'],
  ])('has %s as %s', async (path, type) => {
    const { status, headers } = await get(path);
    expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([200, type, 'nosniff']);
  });

  it.each(['/docs/package.json', '/docs/swagger-ui.js', '/docs/docs-page.js', '/docs/', '/docs/a/b'])(
    'has nothing at %s',
    async (path) => {
      const answer = await get(path);
      expect([answer.status, answer.json.code]).toEqual([404, 'route-not-found']);
    },
  );
});
