import { pageHeaders } from '../guide/landing-page.js';
import type { Choice } from './sign-in.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);

/**
 * The form leads to a provider by way of redirects, which browsers look at, too: to its authorization endpoint, which may stand on another
 * host than the issuer, and from there to wherever it lets people sign in. So to any https address, and to plain ones that are configured.
 */
export function chooserHeaders({ homes }: Choice): Record<string, string> {
  const origins = homes.map(({ issuer }) => new URL(issuer).origin);
  const targets = new Set(["'self'", 'https:', ...origins.filter((origin) => origin.startsWith('http:'))]);
  const formAction = `form-action ${[...targets].join(' ')}`;
  const policy = pageHeaders['content-security-policy'].replace("form-action 'none'", formAction);
  return { ...pageHeaders, 'content-security-policy': policy, 'cache-control': 'no-store' };
}

/** Asks where somebody belongs: by their e-mail address, or by the name of the provider. */
export function chooserPage({ homes, returnTo, unknown }: Choice): string {
  const link = (name: string): string => escaped(`/auth/login?${new URLSearchParams({ issuer: name, returnTo })}`);
  const items = homes.map(({ name, label }) => `<li><a class="button" href="${link(name)}">${escaped(label)}</a></li>`);
  const problem =
    unknown === undefined
      ? ''
      : `<p role="alert">Nobody here is responsible for ${escaped(unknown)}. Choose how you sign in.</p>`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · Souk</title><link rel="stylesheet" href="/assets/souk.css"><link rel="icon" href="/assets/souk.svg"></head>
<body>
<main id="choose">
<h1>Sign in</h1>
${problem}
<form action="/auth/login" method="get">
<label for="email">Your e-mail address</label>
<input id="email" name="email" type="email" autocomplete="email" required maxlength="254">
<input type="hidden" name="returnTo" value="${escaped(returnTo)}">
<button class="button">Continue</button>
</form>
<p>or choose how you sign in:</p>
<ul>${items.join('')}</ul>
</main>
</body>
</html>
`;
}
