import type { BaseConfig, Watched } from '@souk/config';
import type { Metrics } from '@souk/observability';
import { AskedEachTime } from './deep-health.naive.js';
import { type DeepHealth, RefreshedHealth } from './deep-health.js';
import { askWithoutEnd, takeForGranted } from './dependency-check.naive.js';
import { followHealthKeys, type HealthKeys } from './health-keys.js';
import { CHECK_TIMEOUT_MS, HealthRegistry } from './health-registry.js';
import { HEALTH_DEFAULTS, healthRoutes, type HealthSettings } from './health-routes.js';

type Config = Pick<BaseConfig, 'SOUK_VARIANTS' | 'HEALTH_KEYS_FILE'>;
type Settings = { readonly value: Partial<HealthSettings> } | undefined;

/** Of those who ask by a clock, the deep check and a kubelet, one may be late and one may be lost. */
const FRESH_PAUSES = 3;
/** Of a kubelet that asks for readiness (charts: `probes.periodSeconds`). */
const KUBELET_SECONDS = 5;

/** Each is looked up when it is asked for: a copy of all would count all of them as read. */
const inForce = (settings: Settings): HealthSettings => {
  const read = <K extends keyof HealthSettings>(key: K): HealthSettings[K] =>
    settings?.value[key] ?? HEALTH_DEFAULTS[key];
  return {
    get healthAccess() {
      return read('healthAccess');
    },
    get healthSeconds() {
      return read('healthSeconds');
    },
    get healthTestStatus() {
      return read('healthTestStatus');
    },
  };
};

const isUnbounded = ({ SOUK_VARIANTS }: Config): boolean => SOUK_VARIANTS.includes('health-unbounded');

/** The part of the composition root of every service that is about its health. */
export function openHealth(config: Config): HealthRegistry {
  if (config.SOUK_VARIANTS.includes('health-shallow')) return new HealthRegistry({ ask: takeForGranted });
  return isUnbounded(config) ? new HealthRegistry({ ask: askWithoutEnd, keepMs: 0 }) : new HealthRegistry();
}

/** Adds the deep check to the management port; what is returned is to be followed. */
export function openDeepHealth(
  { config, settings }: { config: Config; settings?: Settings },
  registry: HealthRegistry,
  routes: Parameters<typeof healthRoutes>[0],
): Watched<HealthKeys> {
  const keys = followHealthKeys(config.HEALTH_KEYS_FILE);
  const current = (): HealthSettings => inForce(settings);
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

/** What an alert goes by: it names the dependency. What nobody has asked for a while is left out: nobody knows how it is now. */
export function exposeHealth(metrics: Metrics, registry: Pick<HealthRegistry, 'last'>, settings?: Settings): void {
  const freshMs = (): number => FRESH_PAUSES * 1_000 * Math.max(inForce(settings).healthSeconds, KUBELET_SECONDS);
  const last = () => Object.entries(registry.last(freshMs() + CHECK_TIMEOUT_MS));
  metrics.gauge('souk_dependency_up', 'Whether a dependency did its work when it was last asked.', () =>
    last().map(([dependency, { ok, core }]) => ({ labels: { dependency, core: String(core) }, value: ok ? 1 : 0 })),
  );
  metrics.gauge('souk_dependency_check_seconds', 'How long that took.', () =>
    last().map(([dependency, { ms }]) => ({ labels: { dependency }, value: ms / 1_000 })),
  );
}
