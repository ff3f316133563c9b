import { z } from 'zod';

/** Without path or trailing slash, so that paths can be put behind it. */
export const origin = z.url({ protocol: /^https?$/ }).transform((url, context) => {
  const { origin: own, pathname, search } = new URL(url);
  if (pathname + search !== '/') context.addIssue('must have no path: cookies and redirects are for the whole host');
  return own;
});

/** Whether browsers reach the shop over TLS, as they always do in production mode: its cookies are then for TLS alone. */
export const isOverTls = ({ PUBLIC_URL }: { readonly PUBLIC_URL: string }): boolean => PUBLIC_URL.startsWith('https:');
