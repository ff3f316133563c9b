import { createHash } from 'node:crypto';
import { CURSOR } from './cursor.ts';
import { html, Html } from './html.ts';
import { STYLE } from './style.ts';

/** Nothing is loaded from anywhere, and no script runs but ours, whatever a text of the run may hold. */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(CURSOR).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** A whole page in one file. */
export function page(title: string, body: Html): string {
  const style = new Html(`<style>${STYLE}</style>`);
  const script = new Html(`<script>${CURSOR}</script>`);
  return `${
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>${title} · Souk chaos</title>
          ${style}
        </head>
        <body>
          <main>
            <p class="brand">Souk <span>chaos</span></p>
            ${body}
          </main>
          ${script}
        </body>
      </html>`.text
  }\n`;
}
