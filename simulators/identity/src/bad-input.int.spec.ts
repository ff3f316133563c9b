import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as client from 'openid-client';
import { Browser } from './test/browser.js';
import { beginSignIn, signIn, TestIdentity } from './test/identity.mother.js';

let identity: TestIdentity;
let gateway: client.Configuration;
beforeAll(async () => {
  identity = await TestIdentity.start();
  gateway = await identity.gateway();
});
afterAll(() => identity.tidyUp());

const atSignIn = async (more: Record<string, string> = {}): Promise<Browser> =>
  new Browser().open((await beginSignIn(gateway, more)).url);

describe('the sign-in page', () => {
  it('FED-1 asks for no password, and loads nothing from elsewhere', async () => {
    const { text } = await atSignIn();
    expect(text).not.toMatch(/type="password"|<script|<img|https?:\/\//);
    expect([...text.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, target = '']) => target)).toEqual([
      '/assets/identity.css',
      ...Array.from({ length: 2 }, () => expect.stringMatching(/^\/interaction\/[\w-]+\/login$/)),
      expect.stringMatching(/^\/interaction\/[\w-]+\/abort$/),
    ]);
  });

  it('says to browsers what it may do, and where its forms may lead', async () => {
    const { headers } = await atSignIn();
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`form-action 'self' ${identity.url} http://shop.localhost:8080;`);
    expect(policy).not.toContain('unsafe');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each([
    ['markup', '<script>alert(1)</script>'],
    ['an attribute', '" onfocus="alert(1)" x="'],
    ['line ends', 'alice\r\nset-cookie: a=b'],
    ['capital letters', 'Alice'],
    ['nothing', ''],
    ['far too much', 'x'.repeat(10_000)],
    ['another script', 'алиса'],
    ['a null', 'alice\0'],
  ])('refuses a name of %s, and shows it as text', async (_what, user) => {
    const browser = await (await atSignIn()).submit('/login', { user });
    expect([browser.status, browser.text]).toEqual([400, expect.stringContaining('role="alert"')]);
    expect(browser.text).not.toMatch(/<script>alert| onfocus="alert/);
    expect(browser.headers.get('set-cookie')).toBeNull();
    expect(browser.text.length).toBeLessThan(5_000);
    expect(new URL((await browser.submit('/login', { user: 'alice' })).url).searchParams.has('code')).toBe(true);
  });

  it('shows what a client suggests as text', async () => {
    const { text } = await atSignIn({ login_hint: '"><script>alert(1)</script>' });
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
  });

  it('is for the browser that began', async () => {
    const page = (await atSignIn()).url;
    for (const [method, path] of [
      ['GET', page.pathname],
      ['POST', `${page.pathname}/login`],
    ]) {
      const body = method === 'POST' ? { body: new URLSearchParams({ user: 'alice' }) } : {};
      const stranger = await fetch(new URL(path ?? '', page), { method: method ?? '', ...body });
      expect([stranger.status, await stranger.text()]).toEqual([400, expect.stringContaining('Sign in again')]);
    }
  });

  it('is the page of one sign-in, whatever cookie comes along', async () => {
    const headers = { accept: 'text/html' };
    const [one, two] = await Promise.all(
      [1, 2].map(async () => fetch((await beginSignIn(gateway)).url, { redirect: 'manual', headers })),
    );
    const cookie = (one?.headers.getSetCookie() ?? []).map((line) => line.split(';', 1)[0]).join('; ');
    const at = (answer: Response | undefined) =>
      fetch(new URL(answer?.headers.get('location') ?? '', identity.url), { headers: { ...headers, cookie } });
    expect([(await at(one)).status, (await at(two)).status]).toEqual([200, 400]);
  });

  it('shows errors of the protocol as text', async () => {
    const { text } = await new Browser().open(`${identity.url}/auth?client_id=%3Cscript%3Ealert(1)%3C/script%3E`);
    expect(text).not.toContain('<script>');
  });
});

describe('addresses', () => {
  it("are always the issuer's, whoever asks by whatever name", async () => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    };
    const answer = await fetch(`${identity.url}/.well-known/openid-configuration`, { headers });
    const urls = Object.entries((await answer.json()) as Record<string, unknown>).filter(
      ([name, value]) =>
        typeof value === 'string' && (name.endsWith('_endpoint') || ['issuer', 'jwks_uri'].includes(name)),
    );
    expect(urls.length).toBeGreaterThan(6);
    for (const [, url] of urls) expect(new URL(String(url)).origin).toBe(identity.url);
  });

  it('do not follow the Host of the request, which anybody may write', async () => {
    const path = '/.well-known/openid-configuration';
    const answer = await raw(`GET ${path} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n`);
    expect(answer).toContain(`"token_endpoint":"${identity.url}/token"`);
    expect(answer).not.toContain('evil.example');
  });

  it('come with few headers', async () => {
    const headers = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x-${index}`, '1']));
    expect((await fetch(`${identity.url}/jwks`, { headers })).status).toBe(431);
  });

  it.each([
    ['GET', '/%ff', 400, 'malformed-url'],
    ['GET', '//evil.example/', 400, 'malformed-url'],
    ['GET', '/assets/../config.ts', 404, undefined],
    ['GET', '/assets/%2e%2e%2fpackage.json', 404, 'route-not-found'],
    ['POST', '/assets/identity.css', 405, 'method-not-allowed'],
    ['GET', '/knobs/nothing', 404, 'route-not-found'],
    ['DELETE', '/knobs', 405, 'method-not-allowed'],
    ['GET', '/interaction/x/y', 404, 'route-not-found'],
    ['PUT', '/interaction/x', 405, 'method-not-allowed'],
    ['GET', '/', 404, undefined],
  ])('%s %s is %i %s', async (method, path, status, code) => {
    const answer = await raw(`${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (code !== undefined) expect(answer).toContain(`"code":"${code}"`);
  });

  const raw = (request: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(identity.url).port), '127.0.0.1', () => socket.write(request));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
});

describe('a web page of another origin', () => {
  it('gets no token, though the device flow asks nobody', async () => {
    const body = new URLSearchParams({ client_id: 'souk-cli', scope: 'openid', login_hint: 'alice' });
    const answer = await fetch(`${identity.url}/device/auth`, {
      method: 'POST',
      body,
      headers: { origin: 'https://evil.example' },
    });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([400, null]);
    expect(await answer.json()).not.toHaveProperty('device_code');
  });
});

describe('knobs', () => {
  const put = (path: string, body: string, type = 'application/json'): Promise<Response> =>
    fetch(`${identity.url}/knobs${path}`, { method: 'PUT', body, headers: { 'content-type': type } });

  it.each([
    ['', '{"latencyMs":-1}', 400, 'validation-failed'],
    ['', '{"errorPercent":101}', 400, 'validation-failed'],
    ['', '{"autoApprove":"no"}', 400, 'validation-failed'],
    ['', '{"speed":1}', 400, 'validation-failed'],
    ['', '[]', 400, 'validation-failed'],
    ['', '{', 400, 'malformed-json'],
    ['/users/frank', '{"roles":["god"]}', 400, 'validation-failed'],
    ['/users/frank', '{"roles":[]}', 400, 'validation-failed'],
    ['/users/Frank', '{"roles":["admin"]}', 400, 'validation-failed'],
    ['/users/anonymous', '{"roles":["admin"]}', 400, 'validation-failed'],
    ['/users/a%0d%0ab', '{"roles":["admin"]}', 400, 'validation-failed'],
    ['/users/frank', `{"roles":["${'x'.repeat(20_000)}"]}`, 413, 'body-too-large'],
  ])('refuse PUT /knobs%s %.40s with %i %s', async (path, body, status, code) => {
    const answer = await put(path, body);
    expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ status, code })]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('name wrong and unknown fields', async () => {
    const answer = (await (await put('', '{"latencyMs":1.5,"speed":1}')).json()) as { errors: { path: string }[] };
    expect(answer.errors.map(({ path }) => path).sort()).toEqual(['latencyMs', 'speed']);
  });

  it('are not for web pages', async () => {
    const headers = { origin: 'https://evil.example' };
    const answer = await fetch(`${identity.url}/knobs/rotate-key`, { method: 'POST', headers });
    expect([answer.status, await answer.json()]).toEqual([403, expect.objectContaining({ code: 'forbidden' })]);
  });

  it('take JSON only', async () => {
    expect((await put('', 'latencyMs=1', 'text/plain')).status).toBe(415);
  });

  it('are told the trace by which the log knows more', async () => {
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    const answer = await fetch(`${identity.url}/knobs/nothing`, { headers });
    expect(await answer.json()).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c' });
  });

  it('make the provider slow and failing, but never themselves', async () => {
    await put('', '{"latencyMs":80,"errorPercent":100}');
    const began = performance.now();
    const answer = await fetch(`${identity.url}/jwks`);
    expect(performance.now() - began).toBeGreaterThanOrEqual(79);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      expect.objectContaining({ code: 'identity-unavailable', error: 'temporarily_unavailable' }),
    ]);
    expect(answer.headers.get('retry-after')).toBe('1');
    const back = await put('', '{}');
    expect(await back.json()).toEqual({ latencyMs: 0, errorPercent: 0, autoApprove: true, opaque: false });
    expect((await fetch(`${identity.url}/jwks`)).status).toBe(200);
  });

  it('let no device approve itself when autoApprove is off', async () => {
    await put('', '{"autoApprove":false}');
    const ask = (path: string, body: Record<string, string>) =>
      fetch(identity.url + path, { method: 'POST', body: new URLSearchParams({ client_id: 'souk-cli', ...body }) });
    const asked = (await (await ask('/device/auth', { scope: 'openid', login_hint: 'alice' })).json()) as {
      device_code: string;
    };
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: asked.device_code };
    expect(await (await ask('/token', grant)).json()).toMatchObject({ error: 'authorization_pending' });
    await put('', '{}');
  });

  it('know nobody of a name that was never used', async () => {
    expect((await identity.knob('DELETE', '/users/nobody-yet')).status).toBe(404);
    await signIn(gateway, 'nobody-at-all');
  });
});
