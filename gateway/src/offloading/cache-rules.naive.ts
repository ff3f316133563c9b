import { type CacheRules, cacheRules } from './cache-rules.js';

/** Keeps the answer to every GET and looks at nobody's credentials: the next one who asks for "my cart" gets that of the last one. */
export const blindCacheRules: CacheRules = {
  hintOf: ({ method, cache }) =>
    method === 'GET' ? (cache ?? { seconds: 1, staleWhileRevalidateSeconds: 0, staleIfErrorSeconds: 0 }) : undefined,
  hasCredentials: () => false,
  lifetimeOf: (hint, answer) => cacheRules.lifetimeOf(hint, { ...answer, headers: {} }),
};
