import type { ViewConsumerStrategy } from '@souk/messaging';
import type { Metrics } from '@souk/observability';
import type { Recommend } from './use-cases/recommend.js';
import type { MarketFollower } from './views/market-follower.js';

interface Sources {
  readonly follower: Pick<MarketFollower, 'market' | 'asOf' | 'loads'>;
  readonly consumer: Pick<ViewConsumerStrategy, 'lag'>;
  readonly recommend: Pick<Recommend, 'counts'>;
  /** In ms. */
  readonly now: () => number;
}

export function addMetrics(metrics: Metrics, { follower, consumer, recommend, now }: Sources): void {
  metrics.gauge(
    'souk_view_lag_seconds',
    'Age of what answers are made of.',
    () => (now() - follower.asOf.getTime()) / 1_000,
  );
  metrics.gauge(
    'souk_view_lag_messages',
    'Messages in the log that are not in the views, of the partitions read here.',
    () => [...consumer.lag().messages].map(([topic, value]) => ({ labels: { topic }, value })),
  );
  const { counts } = recommend;
  metrics.gauge('souk_recommendation_baskets', 'Baskets that count.', () => follower.market.baskets.size);
  metrics.gauge('souk_recommendation_pairs', 'Pairs of products bought together.', () => follower.market.baskets.pairs);
  metrics.gauge('souk_recommendation_products', 'Products heard of.', () => follower.market.assortment.size);
  metrics.counter('souk_recommendation_loads_total', 'Times that all baskets were read.', () => follower.loads);
  metrics.counter('souk_recommendation_items_total', 'Suggestions given, by reason.', () =>
    Object.entries(counts.items).map(([reason, value]) => ({ labels: { reason }, value })),
  );
  metrics.counter('souk_recommendation_empty_total', 'Answers with nothing to suggest.', () => counts.empty);
  metrics.counter(
    'souk_recommendation_without_activity_total',
    'Answers for a customer whose activity could not be read.',
    () => counts.withoutActivity,
  );
}
