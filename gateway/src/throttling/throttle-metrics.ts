import type { Metrics } from '@souk/observability';
import type { Blocks } from './blocks.js';
import type { Ledger } from './ledger.js';
import { type Tier, TIERS } from './plan.js';

const OUTCOMES = ['allowed', 'refused', 'blocked'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** Requests by tier and what came of them; callers are no labels, of them there are too many. */
export class ThrottleMetrics {
  readonly #counts = new Map(TIERS.map((tier) => [tier, { allowed: 0, refused: 0, blocked: 0 }]));

  constructor(metrics: Pick<Metrics, 'counter'>) {
    metrics.counter('souk_throttle_requests_total', 'Requests that were charged, by tier and what came of it.', () =>
      [...this.#counts].flatMap(([tier, counts]) =>
        OUTCOMES.map((outcome) => ({ labels: { tier, outcome }, value: counts[outcome] })),
      ),
    );
  }

  count(tier: Tier, outcome: Outcome): void {
    const counts = this.#counts.get(tier);
    if (counts !== undefined) counts[outcome] += 1;
  }
}

/** What is known of others: who is blocked, and whether the replicas count together. */
export function sharedStateMetrics(
  metrics: Pick<Metrics, 'gauge'>,
  { blocks, ledger, now }: { blocks: Blocks; ledger: Ledger; now: () => number },
): void {
  metrics.gauge('souk_throttle_blocked', 'Callers that are blocked.', () => blocks.list(now()).length);
  metrics.gauge('souk_throttle_shared', '1: all replicas count together; 0: each by itself.', () =>
    ledger.isShared ? 1 : 0,
  );
}
