import { setTimeout as sleep } from 'node:timers/promises';
import type { Shop } from '../../e2e/support/shop.ts';
import { type Shot, Traffic, type TrafficReport } from './traffic.ts';
import { Witness } from './witness.ts';

const BEFORE_MS = 2_000;
/** Pods that were replaced serve on for a while; what goes wrong in that time counts. */
const AFTER_MS = 12_000;

export interface LoadReport extends TrafficReport {
  /** A line for each request that failed, then what the cluster was doing when the first one did; empty when none failed. */
  readonly noticed: readonly string[];
}

/** Does something to the shop while customers are there, and says what became of them. */
export async function underLoad(shop: Shop, what: string, work: () => Promise<unknown>): Promise<LoadReport> {
  const witness = new Witness();
  const traffic = await Traffic.start(shop, () => witness.look());
  let report: TrafficReport;
  const began = performance.now();
  let tookMs = 0;
  try {
    await sleep(BEFORE_MS);
    await work();
    tookMs = performance.now() - began - BEFORE_MS;
    await sleep(AFTER_MS);
  } finally {
    report = await traffic.stop();
  }
  const { shots, failed, orderIds, p99Ms, lateMs, seconds } = report;
  console.log(
    `${what}: ${(tookMs / 1_000).toFixed(1)} s; ${shots.length} requests in ${seconds} s, ${failed.length} failed, ` +
      `${orderIds.length} orders, p99 ${p99Ms} ms, client late by ${lateMs} ms at most`,
    ...kindsOf(failed),
  );
  return { ...report, noticed: [...failed.map((shot) => lineOf(shot, report.beganAt)), ...(await witness.saw())] };
}

/** `2026-11-21T22:00:00.123Z + 12 ms: order over a kept connection, 503 {"code":"upstream-unavailable",…}` */
function lineOf({ what, connection, status, error = '', atMs, tookMs }: Shot, beganAt: number): string {
  const at = new Date(beganAt + atMs).toISOString();
  return `${at} + ${tookMs} ms: ${what} over a ${connection} connection, ${status} ${error}`;
}

/** `\n  12 × order 503 upstream-unavailable` */
function kindsOf(failed: TrafficReport['failed']): string[] {
  const kinds = new Map<string, number>();
  for (const { what, connection, status, error = '' } of failed) {
    const kind = `${what} (${connection}) ${status} ${/"code":"([\w-]+)"/.exec(error)?.[1] ?? error}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].map(([kind, times]) => `\n  ${times} × ${kind}`);
}
