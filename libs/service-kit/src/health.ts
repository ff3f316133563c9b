import type { BaseConfig, Watched } from '@souk/config';
import type { Metrics } from '@souk/observability';
import { AskedEachTime } from './deep-health.naive.js';
import { type DeepHealth, RefreshedHealth } from './deep-health.js';
import { askWithoutEnd, takeForGranted } from './dependency-check.naive.js';
import { followHealthKeys, type HealthKeys } from './health-keys.js';
import { HealthRegistry } from './health-registry.js';
import { HEALTH_DEFAULTS, healthRoutes, type HealthSettings } from './health-routes.js';

type Config = Pick<BaseConfig, 'SOUK_VARIANTS' | 'HEALTH_KEYS_FILE'>;

const isUnbounded = ({ SOUK_VARIANTS }: Config): boolean => SOUK_VARIANTS.includes('health-unbounded');

/** The part of the composition root of every service that is about its health. */
export function openHealth(config: Config): HealthRegistry {
  if (config.SOUK_VARIANTS.includes('health-shallow')) return new HealthRegistry({ ask: takeForGranted });
  return isUnbounded(config) ? new HealthRegistry({ ask: askWithoutEnd, keepMs: 0 }) : new HealthRegistry();
}

/** Adds the deep check to the management port; what is returned is to be followed. */
export function openDeepHealth(
  { config, settings }: { config: Config; settings?: { readonly value: Partial<HealthSettings> } },
  registry: HealthRegistry,
  routes: Parameters<typeof healthRoutes>[0],
): Watched<HealthKeys> {
  const keys = followHealthKeys(config.HEALTH_KEYS_FILE);
  const current = (): HealthSettings => ({ ...HEALTH_DEFAULTS, ...settings?.value });
  const deep: DeepHealth = isUnbounded(config)
    ? new AskedEachTime(registry)
    : new RefreshedHealth({
        registry,
        everyMs: () => current().healthSeconds * 1_000,
        now: Date.now,
        after: (ms, run) => void setTimeout(run, ms).unref(),
      });
  healthRoutes(routes, { deep, keys, settings: current });
  return keys;
}

/** What an alert goes by: it names the dependency. */
export function exposeHealth(metrics: Metrics, registry: HealthRegistry): void {
  const last = () => Object.entries(registry.last());
  metrics.gauge('souk_dependency_up', 'Whether a dependency did its work when it was last asked.', () =>
    last().map(([dependency, { ok, core }]) => ({ labels: { dependency, core: String(core) }, value: ok ? 1 : 0 })),
  );
  metrics.gauge('souk_dependency_check_seconds', 'How long that took.', () =>
    last().map(([dependency, { ms }]) => ({ labels: { dependency }, value: ms / 1_000 })),
  );
}
