import { join } from 'node:path';
import type { Content } from '../docs/static-content.js';

const asset = (name: string, type: string): Content => ({
  type,
  file: join(import.meta.dirname, '../../assets', name),
});

export const landingPage = asset('index.html', 'text/html; charset=utf-8');

/** What the page loads, by its name below /assets; there is nothing else. */
export const assets: ReadonlyMap<string, Content> = new Map([
  ['souk.css', asset('souk.css', 'text/css; charset=utf-8')],
  ['souk.js', asset('souk.js', 'text/javascript; charset=utf-8')],
  ['souk.svg', asset('souk.svg', 'image/svg+xml')],
]);

/** Nothing from elsewhere, nothing inline, in nobody's frame: a script that got in could ask nobody else and use no form. */
export const pageHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
};
