import { type Answer, type RunningGateway, send } from '../gateway.mother.js';

/** Follows a person's steps with the cookies of one browser; redirects are looked at, not followed. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #gateway: RunningGateway;

  readonly #host: string | undefined;

  /** `host` is what stands in its address bar, where that matters. */
  constructor(gateway: RunningGateway, host?: string) {
    this.#gateway = gateway;
    this.#host = host;
  }

  async send(target: string, { headers = {}, ...options }: Parameters<typeof send>[2] = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const host = this.#host;
    const all = { ...(host !== undefined && { host }), ...(cookie !== '' && { cookie }), ...headers };
    const answer = await send(this.#gateway.port, target, { ...options, headers: all });
    for (const line of answer.headers['set-cookie'] ?? []) this.#keep(line);
    return answer;
  }

  /** To the provider, as this user, and back with the answer of the callback. */
  async signIn(user = 'alice', returnTo = '/'): Promise<Answer> {
    return this.comeBack(await this.leave(returnTo), user);
  }

  /** Where the browser is sent to sign in. */
  async leave(returnTo = '/', more: Readonly<Record<string, string>> = {}): Promise<string> {
    const { headers } = await this.send(`/auth/login?${new URLSearchParams({ returnTo, ...more })}`);
    return headers.location ?? '';
  }

  async comeBack(url: string, user = 'alice', provider = this.#gateway.provider): Promise<Answer> {
    const { pathname, search } = provider.authorize(url, user);
    return this.send(pathname + search);
  }

  async session(): Promise<{ user?: string; csrfToken?: string; code?: string }> {
    return (await this.send('/auth/session')).json;
  }

  async csrf(): Promise<{ 'x-csrf-token': string }> {
    return { 'x-csrf-token': (await this.session()).csrfToken ?? '' };
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/);
    const at = pair.indexOf('=');
    if (attributes.includes('Max-Age=0')) this.cookies.delete(pair.slice(0, at));
    else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}
