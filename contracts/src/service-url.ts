import { z } from 'zod';

/** The address of a service that is called: paths are those of the request, so it has none of its own. */
export const serviceUrl = z
  .url({ protocol: /^https?$/ })
  .refine(isOrigin, 'expected an address without path, e.g. http://catalog:8080');

function isOrigin(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { pathname, search, hash, username } = new URL(url);
  return pathname === '/' && search + hash + username === '';
}
