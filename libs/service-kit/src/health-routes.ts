import type { DeepHealth } from './deep-health.js';
import { HEALTH_KEY_HEADER, type HealthKeys, isOneOf } from './health-keys.js';
import type { DependencyStatus } from './health-registry.js';
import type { ManagementAnswer, ManagementHandler, ManagementRoutes } from './management-routes.js';

/** What a running process is told about its deep check; docs/patterns/health-endpoint-monitoring.md. */
export interface HealthSettings {
  /** `key`: with a key of HEALTH_KEYS_FILE; `open`: for whoever reaches the management port; `off`: it does not exist. */
  readonly healthAccess: 'key' | 'open' | 'off';
  /** Between two questions to the dependencies. */
  readonly healthSeconds: number;
  /** What `/healthz/test` answers. */
  readonly healthTestStatus: number;
}

export const HEALTH_DEFAULTS: HealthSettings = { healthAccess: 'key', healthSeconds: 5, healthTestStatus: 503 };

export interface HealthDoor {
  readonly deep: DeepHealth;
  readonly keys: { readonly value: HealthKeys };
  /** Read for each probe: who may look changes without a restart. */
  readonly settings: () => HealthSettings;
}

type Part = 'all' | 'core' | 'low';

/**
 * `/healthz`: everything the process stands on, 503 where something is missing without which it cannot work. `/healthz/core` and
 * `/healthz/low` tell of their part alone, `/healthz/test` answers what it was told to: by it a prober sees that it can see.
 * Without the key there is nothing at these addresses.
 */
export function healthRoutes(routes: ManagementRoutes, door: HealthDoor): void {
  const guarded =
    (handler: () => ManagementAnswer | Promise<ManagementAnswer>): ManagementHandler =>
    (_body, headers = {}) =>
      mayLook(door, headers[HEALTH_KEY_HEADER]) ? handler() : undefined;
  const tell = (part: Part) => guarded(async () => answerOf(await door.deep.report(), part, door.settings()));
  routes.add('/healthz', tell('all'));
  routes.add('/healthz/core', tell('core'));
  routes.add('/healthz/low', tell('low'));
  routes.add(
    '/healthz/test',
    guarded(() => ({ status: door.settings().healthTestStatus, body: { status: 'test' } })),
  );
}

function mayLook({ keys, settings }: HealthDoor, given: string | string[] | undefined): boolean {
  const { healthAccess } = settings();
  return healthAccess === 'open' || (healthAccess === 'key' && typeof given === 'string' && isOneOf(keys.value, given));
}

function answerOf(
  { checkedAt, dependencies }: Awaited<ReturnType<DeepHealth['report']>>,
  part: Part,
  { healthSeconds }: HealthSettings,
): ManagementAnswer {
  const told = Object.entries(dependencies).filter(([, { core }]) => part === 'all' || core === (part === 'core'));
  const status = verdict(
    told.map(([, one]) => one),
    part,
  );
  const body = { status, checkedAt, everySeconds: healthSeconds, dependencies: Object.fromEntries(told) };
  return { status: status === 'failed' ? 503 : 200, body };
}

function verdict(found: readonly DependencyStatus[], part: Part): 'ok' | 'degraded' | 'failed' {
  const away = found.filter(({ ok }) => !ok);
  if (away.length === 0) return 'ok';
  return part === 'low' || away.some(({ core }) => core) ? 'failed' : 'degraded';
}
