import { randomBytes } from 'node:crypto';
import { testInfra } from './infra.js';

/** URL of a database (`test_<name>_<random>`) that no other run uses; whoever opens it drops it. */
export function uniqueMongoUrl(name: string): string {
  const url = new URL(testInfra().mongoUrl);
  url.pathname = `/test_${name.replaceAll(/[^a-z0-9]/gi, '_').toLowerCase()}_${randomBytes(4).toString('hex')}`;
  return url.href;
}
