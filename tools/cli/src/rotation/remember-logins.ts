import type { Instance } from '../instance.ts';
import { infraUrlsOf, readUrls, writeUrls } from '../urls.ts';

/** env.json names the login in use. Nothing where the shop does not run. */
export function rememberLogins(instance: Instance): void {
  const urls = readUrls(instance);
  if (urls !== undefined) writeUrls(instance, infraUrlsOf(urls));
}
