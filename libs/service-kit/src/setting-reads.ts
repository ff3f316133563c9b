import type { Watched } from '@souk/config';
import type { Metrics } from '@souk/observability';

type Settings = Pick<Watched<unknown>, 'status'> | undefined;

/** Which settings this process has use for; nothing for those whose reads nobody counts. */
export function exposeReads(metrics: Pick<Metrics, 'counter'>, settings: Settings): void {
  metrics.counter('souk_setting_reads_total', 'How often each live setting was read.', () =>
    Object.entries(settings?.status().reads ?? {}).map(([setting, value]) => ({ labels: { setting }, value })),
  );
}
