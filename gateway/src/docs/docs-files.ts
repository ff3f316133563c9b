import { createRequire } from 'node:module';
import { CONTENT_SECURITY_POLICY, PAGE, SETUP, STYLE } from './docs-page.js';
import type { Content } from './static-content.js';

const { resolve } = createRequire(import.meta.url);
const JSON_TYPE = 'application/json; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE_SHEET = 'text/css; charset=utf-8';

export const page: Content = { type: 'text/html; charset=utf-8', text: PAGE };
export const openApi: Content = { type: JSON_TYPE, file: resolve('@souk/contracts/openapi.json') };
export const asyncApi: Content = { type: JSON_TYPE, file: resolve('@souk/contracts/asyncapi.json') };
export const pageHeaders = { 'content-security-policy': CONTENT_SECURITY_POLICY, 'referrer-policy': 'no-referrer' };

/** What the page loads, by its name below /docs; there is nothing else. */
export const parts: ReadonlyMap<string, Content> = new Map<string, Content>([
  ['docs.js', { type: SCRIPT, text: SETUP }],
  ['docs.css', { type: STYLE_SHEET, text: STYLE }],
  ['swagger-ui-bundle.js', { type: SCRIPT, file: resolve('swagger-ui-dist/swagger-ui-bundle.js') }],
  ['swagger-ui.css', { type: STYLE_SHEET, file: resolve('swagger-ui-dist/swagger-ui.css') }],
]);
