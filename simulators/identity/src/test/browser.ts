/** As much of a browser as signing in takes: cookies by path, redirects, forms. Script is off. */
export class Browser {
  readonly #cookies = new Map<string, { value: string; path: string }>();
  #url = new URL('about:blank');
  #text = '';
  status = 0;
  headers = new Headers();

  get url(): URL {
    return this.#url;
  }

  get text(): string {
    return this.#text;
  }

  /** Opens an address and follows redirects, to the first that leaves `home`: that one is only shown in `url`. */
  async open(address: string | URL, init: RequestInit = {}): Promise<this> {
    const home = new URL(address, this.#url).origin;
    let [url, options] = [new URL(address, this.#url), init];
    for (let hops = 0; hops < 10; hops += 1) {
      this.#url = url;
      if (url.origin !== home) return this;
      const answer = await fetch(url, {
        ...options,
        redirect: 'manual',
        headers: { accept: 'text/html', cookie: this.#cookiesFor(url), ...options.headers },
      });
      for (const cookie of answer.headers.getSetCookie()) this.#remember(cookie);
      const location = answer.headers.get('location');
      if (location === null) {
        [this.status, this.headers, this.#text] = [answer.status, answer.headers, await answer.text()];
        return this;
      }
      await answer.body?.cancel();
      [url, options] = [new URL(location, url), {}];
    }
    throw new Error(`too many redirects, at ${url}`);
  }

  /** Sends the form whose action ends like this, with its hidden fields and these. */
  submit(actionEnd: string, fields: Record<string, string> = {}): Promise<this> {
    const forms = [...this.#text.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)];
    const form = forms.find(([, attributes = '']) => attributeOf(attributes, 'action')?.endsWith(actionEnd));
    if (form === undefined) throw new Error(`no form to …${actionEnd} on ${this.#url}:\n${this.#text}`);
    const [, attributes = '', content = ''] = form;
    const hidden = [...content.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
      attributeOf(tag, 'name') ?? '',
      attributeOf(tag, 'value') ?? '',
    ]);
    const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields });
    return this.open(attributeOf(attributes, 'action') ?? '', { method: 'POST', body });
  }

  #cookiesFor({ pathname }: URL): string {
    const fitting = [...this.#cookies].filter(([, { path }]) => pathname.startsWith(path));
    return fitting.map(([key, { value }]) => `${key.split('@', 1)[0]}=${value}`).join('; ');
  }

  #remember(cookie: string): void {
    const [pair = '', ...rest] = cookie.split('; ');
    const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const path = rest.find((part) => part.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
    if (value === '') this.#cookies.delete(`${name}@${path}`);
    else this.#cookies.set(`${name}@${path}`, { value, path });
  }
}

const attributeOf = (tag: string, name: string): string | undefined =>
  new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&');
