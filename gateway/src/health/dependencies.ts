import type { HealthRegistry } from '@souk/service-kit';
import type { GatewayConfig } from '../config.js';
import { managementUrl } from '../resilience/readiness.js';
import type { ThrottleStore } from '../throttling/throttle-store.js';

type Addresses = Pick<
  GatewayConfig,
  | 'CATALOG_URL'
  | 'INVENTORY_URL'
  | 'ORDER_URL'
  | 'ORDER_QUERY_URL'
  | 'RECOMMENDATION_URL'
  | 'OIDC_ISSUER'
  | 'OIDC_URL'
  | 'UPSTREAM_MANAGEMENT_PORT'
>;

/** Less than the limit of a check, so that what is told is what happened here. */
const ANSWER_WITHIN_MS = 1_500;

/**
 * Pattern: Health Endpoint Monitoring. What the gateway leads to, for its deep check alone: it is ready with any of them away, because
 * it answers for them. Without products, stock or orders there is no shop; lists, suggestions and signing in anew may wait.
 */
export class Dependencies {
  constructor(
    health: Pick<HealthRegistry, 'addLowPriority' | 'addCore'>,
    config: Addresses,
    throttleStore?: Pick<ThrottleStore, 'isUp'>,
  ) {
    const core = { catalog: config.CATALOG_URL, inventory: config.INVENTORY_URL, order: config.ORDER_URL };
    const low = { 'order-query': config.ORDER_QUERY_URL, recommendation: config.RECOMMENDATION_URL };
    // Where nobody says where that can be asked: whether somebody answers at all.
    const port = config.UPSTREAM_MANAGEMENT_PORT;
    const placeOf = (url: string): string => (port === undefined ? url : `${managementUrl(url, port)}/readyz`);
    for (const [name, url] of instancesOf(core)) health.addCore(name, () => answers(placeOf(url)));
    for (const [name, url] of instancesOf(low)) health.addLowPriority(name, () => answers(placeOf(url)));
    const provider = config.OIDC_URL ?? config.OIDC_ISSUER;
    health.addLowPriority('identity', () => answers(`${provider}/.well-known/openid-configuration`));
    if (throttleStore === undefined) return;
    health.addLowPriority('valkey', async () => {
      if (!throttleStore.isUp) throw new Error('limits are counted by each process at the moment');
    });
  }
}

/** Each instance for itself: one that is away among several is what nobody else notices. */
const instancesOf = (services: Readonly<Record<string, readonly string[]>>): [string, string][] =>
  Object.entries(services).flatMap(([name, urls]) =>
    urls.map((url): [string, string] => [urls.length === 1 ? name : `${name} ${new URL(url).host}`, url]),
  );

/** Whether somebody answers there, and not with a failure; a refusal is an answer. Past the circuit, which would count it. */
async function answers(url: string): Promise<void> {
  const asked = fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  const { status, body } = await asked.catch((error: Error) => {
    // It says "fetch failed"; what went wrong with the connection is in its cause.
    throw error.cause ?? error;
  });
  await body?.cancel();
  if (status >= 500) throw new Error(`answered ${status}`);
}
