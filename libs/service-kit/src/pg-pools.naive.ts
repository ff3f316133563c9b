import { type OpenPools, PgPools } from './pg-pools.js';

/** Variant `one-pool`: as many connections, for whoever comes first; who holds all of them holds up everybody. */
export const onePool: OpenPools = (open, sizes) => {
  const pool = open(sizes.DATABASE_POOL_REQUESTS + sizes.DATABASE_POOL_BACKGROUND);
  return new PgPools(pool, pool);
};
