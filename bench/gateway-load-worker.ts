import { Pool } from 'undici';
import type { Load, LoadOptions } from './gateway-load.ts';
import { percentile } from './percentile.ts';

/** A process of its own, so that it can have a core of its own. */
const { url, connections, seconds, headers = {} } = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;
const { origin, pathname, search } = new URL(url);
const pool = new Pool(origin, { connections });
const times: number[] = [];
const began = performance.now();

async function caller(): Promise<void> {
  for (let at = began; at - began < seconds * 1_000;) {
    const answer = await pool.request({ method: 'GET', path: pathname + search, headers });
    await answer.body.dump();
    if (answer.statusCode >= 400) throw new Error(`${url} answered ${answer.statusCode}`);
    const now = performance.now();
    times.push(now - at);
    at = now;
  }
}

await Promise.all(Array.from({ length: connections }, caller));
await pool.close();
const found: Load = {
  requests: times.length,
  perSecond: (times.length * 1_000) / (performance.now() - began),
  p50: percentile(times, 50),
  p99: percentile(times, 99),
};
console.log(JSON.stringify(found));
