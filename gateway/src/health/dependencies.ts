import type { HealthRegistry } from '@souk/service-kit';
import type { GatewayConfig } from '../config.js';
import { managementUrl } from '../resilience/readiness.js';
import type { ThrottleStore } from '../throttling/throttle-store.js';

type Addresses = Pick<
  GatewayConfig,
  'CATALOG_URL' | 'INVENTORY_URL' | 'ORDER_URL' | 'ORDER_QUERY_URL' | 'RECOMMENDATION_URL' | 'UPSTREAM_MANAGEMENT_PORT'
> &
  Partial<Pick<GatewayConfig, 'AGGREGATION_URL' | 'issuers'>>;
type Registry = Pick<HealthRegistry, 'addLowPriority' | 'addCore'>;

/** Less than the limit of a check, so that what is told is what happened here. */
const ANSWER_WITHIN_MS = 1_500;

/**
 * Pattern: Health Endpoint Monitoring. What the gateway, or its deployment for pages and batches, leads to, for its deep check alone: it is
 * ready with any of them away, because it answers for them. Without products, stock or orders there is no shop; lists, suggestions, pages
 * and signing in anew may wait.
 */
export class Dependencies {
  constructor(health: Registry, config: Addresses, throttleStore?: Pick<ThrottleStore, 'isUp'>) {
    const core = { catalog: config.CATALOG_URL, inventory: config.INVENTORY_URL, order: config.ORDER_URL };
    const low = {
      'order-query': config.ORDER_QUERY_URL,
      recommendation: config.RECOMMENDATION_URL,
      aggregation: config.AGGREGATION_URL ?? [],
    };
    // Where nobody says where that can be asked: whether somebody answers at all.
    const port = config.UPSTREAM_MANAGEMENT_PORT;
    const ask = (url: string): Promise<void> =>
      answers(port === undefined ? url : `${managementUrl(url, port)}/readyz`);
    for (const [name, urls] of Object.entries(core)) {
      health.addCore(name, () => anyOf(urls, ask));
      addEach(health, name, urls, ask);
    }
    for (const [name, urls] of Object.entries(low)) {
      if (urls.length > 0) health.addLowPriority(name, () => anyOf(urls, ask));
      addEach(health, name, urls, ask);
    }
    addIssuers(health, config.issuers ?? []);
    if (throttleStore === undefined) return;
    health.addLowPriority('valkey', async () => {
      if (!throttleStore.isUp) throw new Error('limits are counted by each process at the moment');
    });
  }
}

/** One of several is enough, as it is for a call. @throws what was wrong with the first, where none answers */
async function anyOf(urls: readonly string[], ask: (url: string) => Promise<void>): Promise<void> {
  await Promise.any(urls.map(ask)).catch((error: AggregateError) => {
    throw error.errors[0];
  });
}

/** Each of several for itself as well: one that is away is what nobody else notices. */
function addEach(health: Registry, name: string, urls: readonly string[], ask: (url: string) => Promise<void>): void {
  if (urls.length < 2) return;
  for (const url of urls) health.addLowPriority(`${name} ${new URL(url).host}`, () => ask(url));
}

function addIssuers(health: Registry, issuers: GatewayConfig['issuers']): void {
  for (const { name, issuer, reachedAt = issuer } of issuers) {
    const address = `${reachedAt.replace(/\/$/, '')}/.well-known/openid-configuration`;
    health.addLowPriority(issuers.length === 1 ? 'identity' : `identity ${name}`, () => answers(address));
  }
}

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
