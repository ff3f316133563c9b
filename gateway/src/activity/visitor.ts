import type { Actor } from '@souk/contracts';
import { subjectOf } from '../gatekeeper/subject.js';
import type { Visit } from '../gatekeeper/visit.js';

const COOKIE = 'souk-visitor';
const MAX_AGE_SECONDS = 30 * 24 * 60 * 60;

export interface VisitorOptions {
  /** Whether browsers may send the cookie over TLS only. */
  readonly isSecure: boolean;
  /** A random id that says nothing. */
  readonly newId: () => string;
}

/**
 * Tells apart browsers of people who have not signed in: a random id in a cookie, known to this shop alone, for 30 days. None
 * for callers with a token, nor for browsers that ask not to be followed (Sec-GPC, DNT).
 */
export class Visitors {
  readonly #options: VisitorOptions;

  constructor(options: VisitorOptions) {
    this.#options = options;
  }

  /** Undefined: nobody who could be told from others. */
  actorOf({ request: { headers } }: Visit, internalToken: string): Actor | undefined {
    const customer = subjectOf(internalToken);
    if (customer !== undefined) return { type: 'customer', id: customer };
    const id = visitorId(headers.cookie);
    return id === undefined || asksForPrivacy(headers) ? undefined : { type: 'visitor', id };
  }

  /** As `actorOf`; a browser without an id gets one with the answer. */
  welcome(visit: Visit, internalToken: string): Actor | undefined {
    const known = this.actorOf(visit, internalToken);
    const { headers } = visit.request;
    if (known !== undefined || !isBrowser(headers) || asksForPrivacy(headers)) return known;
    const id = this.#options.newId();
    const attributes = `Path=/; Max-Age=${MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax`;
    // An answer that carries an id is for one browser.
    void visit.reply.header('cache-control', 'private, no-cache');
    void visit.reply.header('set-cookie', `${COOKIE}=${id}; ${attributes}${this.#options.isSecure ? '; Secure' : ''}`);
    return { type: 'visitor', id };
  }
}

type Headers = Visit['request']['headers'];

const visitorId = (cookie: string | undefined): string | undefined =>
  /(?:^|;\s*)souk-visitor=([\w-]{20,64})(?=\s*(?:;|$))/.exec(cookie ?? '')?.[1];

/** Browsers say where a request comes from (Fetch Metadata); programs do not. */
const isBrowser = (headers: Headers): boolean =>
  headers['sec-fetch-site'] !== undefined || String(headers.accept).includes('text/html');

const asksForPrivacy = (headers: Headers): boolean => headers['sec-gpc'] === '1' || headers.dnt === '1';
