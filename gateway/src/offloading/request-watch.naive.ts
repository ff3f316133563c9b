import type { Named } from './request-watch.js';

/** Variant `secrets-logged`: whoever looks for a fault wants to see all of it, queries and credentials too. */
export const wholeAddress: Named = ({ raw, headers }) =>
  JSON.stringify({ url: raw.url, authorization: headers.authorization, cookie: headers.cookie }).replaceAll('"', "'");
