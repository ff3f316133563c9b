import { send } from './support/send.ts';

export interface BrowserSession {
  /** For the header `cookie`. */
  readonly cookie: string;
  /** Every `set-cookie` line of the gateway on the way, as it was sent. */
  readonly setCookies: readonly string[];
  /** And those of the provider. */
  readonly providerCookies: readonly string[];
  /** What writes must show. */
  readonly csrf: string;
}

const MAX_HOPS = 12;

/** The way of a browser to the provider and back to this gateway. @throws Error where it leads nowhere */
export async function signIn(gateway: string, user: string): Promise<BrowserSession> {
  const left = await send(gateway, '/auth/login?issuer=social');
  const login = left.headers['set-cookie'] ?? [];
  const providerCookies: string[] = [];
  const back = await throughProvider(left.headers.location ?? '', user, providerCookies);
  const returned = await send(gateway, back.pathname + back.search, { headers: { cookie: cookieOf(login) } });
  const setCookies = [...login, ...(returned.headers['set-cookie'] ?? [])];
  const cookie = cookieOf(setCookies);
  const { json, status } = await send(gateway, '/auth/session', { headers: { cookie } });
  if (status !== 200) throw new Error(`signing in as ${user} ended with ${status}: ${JSON.stringify(json)}`);
  return { cookie, setCookies, providerCookies, csrf: String(json['csrfToken']) };
}

/** What a browser would send back: the last value of each name, those that were taken back aside. */
function cookieOf(lines: readonly string[]): string {
  const values = new Map<string, string>();
  for (const line of lines) {
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    if (/max-age=0/i.test(line)) values.delete(pair.slice(0, at));
    else values.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return [...values].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** Fills the form of the provider, and follows it to where it sends the browser in the end. Its cookies go to `kept`. */
async function throughProvider(start: string, user: string, kept: string[]): Promise<URL> {
  let url = new URL(start);
  let form: URLSearchParams | undefined;
  for (let hops = 0; hops < MAX_HOPS; hops += 1) {
    if (url.origin !== new URL(start).origin) return url;
    const headers = { accept: 'text/html', cookie: cookieOf(kept) };
    const answer = await fetch(url, { headers, redirect: 'manual', ...(form && { method: 'POST', body: form }) });
    kept.push(...answer.headers.getSetCookie());
    const location = answer.headers.get('location');
    const page = await answer.text();
    form = location === null ? loginForm(page, user) : undefined;
    url = new URL(location ?? actionOf(page), url);
  }
  throw new Error(`the provider leads in circles, at ${url.href}`);
}

const FORM = /<form\b[^>]*action="([^"]*\/login)"[^>]*>([\s\S]*?)<\/form>/;
const actionOf = (page: string): string => {
  const action = FORM.exec(page)?.[1];
  if (action === undefined) throw new Error(`the provider shows no form to sign in:\n${page.slice(0, 500)}`);
  return action;
};

function loginForm(page: string, user: string): URLSearchParams {
  const hidden = [...(FORM.exec(page)?.[2] ?? '').matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
    /name="([^"]*)"/.exec(tag)?.[1] ?? '',
    /value="([^"]*)"/.exec(tag)?.[1] ?? '',
  ]);
  return new URLSearchParams([...hidden, ['user', user]] as [string, string][]);
}
