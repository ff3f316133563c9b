import { Readable } from 'node:stream';
import type { HttpResponse } from '@souk/http';

/** Fresh for ten seconds, given while it is fetched anew for five more, and for sixty where that fails. */
export const HINT = { seconds: 10, staleWhileRevalidateSeconds: 5, staleIfErrorSeconds: 60 };
export const ABOUT = { upstream: 'catalog', route: '/any', isTold: false, price: undefined, chosenBy: [] };

export const answer = (text: string, headers: Record<string, string> = {}, status = 200): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'content-length': String(text.length), ...headers },
  body: { stream: () => Readable.from([Buffer.from(text)]), dump: () => undefined } as HttpResponse['body'],
});
