import type { SessionView } from '@souk/contracts';
import { withService } from '../../../tools/cli/src/cluster/kubectl.ts';
import { ref } from './cluster.ts';

/** As charts/souk has them: what a browser is told, wherever a test reaches them. */
const SHOP = 'http://localhost:8080';
const PROVIDER = 'http://localhost:8111';
const MAX_REDIRECTS = 15;

interface Cookie {
  readonly value: string;
  readonly path: string;
}

interface Page {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
}

/** As much of a browser as signing in takes: cookies, redirects and one form; each origin is reached at an address of its own. */
class Browser {
  readonly #places: Readonly<Record<string, string>>;
  readonly #cookies = new Map<string, Cookie>();

  constructor(places: Readonly<Record<string, string>>) {
    this.#places = places;
  }

  async open(address: string, init: RequestInit = {}): Promise<Page> {
    let [url, options] = [new URL(address), init];
    for (let hops = 0; hops < MAX_REDIRECTS; hops++) {
      const answer = await this.#fetch(url, options);
      const location = answer.headers.get('location');
      if (location === null) return { url, status: answer.status, text: await answer.text() };
      await answer.body?.cancel();
      [url, options] = [new URL(location, url), {}];
    }
    throw new Error(`too many redirects, at ${url.href}`);
  }

  async #fetch(url: URL, options: RequestInit): Promise<Response> {
    const there = new URL(url.pathname + url.search, this.#places[url.origin] ?? url.origin);
    const fitting = [...this.#cookies].filter(([, { path }]) => url.pathname.startsWith(path));
    const cookie = fitting.map(([key, { value }]) => `${key.split(' ')[0]}=${value}`).join('; ');
    const headers = { accept: 'text/html', cookie, ...options.headers };
    const answer = await fetch(there, { ...options, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) this.#remember(line);
    return answer;
  }

  #remember(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /;\s*path=([^;]+)/i.exec(line)?.[1] ?? '/';
    if (value === '' || /;\s*max-age=0/i.test(line)) this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { value, path });
  }
}

/** Signs somebody in as a browser does, and out again: the session between, and the status of asking for it afterwards. */
export function signInByBrowser(
  gatewayUrl: string,
  user: string,
): Promise<{ session: SessionView; signedOut: number }> {
  return withService(ref, { service: 'identity', port: 'http' }, async (providerUrl) => {
    const browser = new Browser({ [SHOP]: gatewayUrl, [PROVIDER]: providerUrl });
    const asked = await browser.open(`${SHOP}/auth/login?returnTo=/api/products`);
    const action = /<form\b[^>]*action="([^"]*\/login)"/.exec(asked.text)?.[1];
    if (action === undefined) throw new Error(`no sign-in page at ${asked.url.href}: ${asked.status} ${asked.text}`);
    const body = new URLSearchParams({ user });
    const back = await browser.open(new URL(action, asked.url).href, { method: 'POST', body });
    if (back.url.href !== `${SHOP}/api/products` || back.status !== 200)
      throw new Error(`the sign-in ended at ${back.url.href}: ${back.status} ${back.text.slice(0, 500)}`);
    const session = JSON.parse((await browser.open(`${SHOP}/auth/session`)).text) as SessionView;
    await browser.open(`${SHOP}/auth/logout`, { method: 'POST', headers: { 'x-csrf-token': session.csrfToken } });
    return { session, signedOut: (await browser.open(`${SHOP}/auth/session`)).status };
  });
}
