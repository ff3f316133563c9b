import { createRequire } from 'node:module';
import type { Dispatcher, Pool } from 'undici';

const load = createRequire(import.meta.url);

/** undici without fetch, caches, mocks and WebSocket, which `import 'undici'` loads as well: 14 MB. */
const PoolClass = load('undici/lib/dispatcher/pool.js') as typeof Pool;
const send = load('undici/lib/api/api-request.js') as (
  this: Dispatcher,
  options: Dispatcher.RequestOptions,
) => Promise<Dispatcher.ResponseData>;

export const openPool = (url: string, options: Pool.Options): Pool => new PoolClass(url, options);

/** Resolves with the headers; the body must be read, destroyed or aborted. */
export const request = (pool: Pool, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> =>
  send.call(pool, options);
