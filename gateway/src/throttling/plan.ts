import type { GatewaySettings, Role } from '@souk/contracts';

export const TIERS = ['anonymous', 'user', 'partner', 'admin'] as const;
export type Tier = (typeof TIERS)[number];

/** What a request is, for its price; `cost` where a route asks for so many times what its class costs. */
export interface Price {
  readonly class: string;
  readonly cost?: number;
}

export interface TierPlan {
  readonly tier: Tier;
  readonly limit: number;
  /** `RateLimit-Policy`, draft-ietf-httpapi-ratelimit-headers-10: quota and window in seconds. */
  readonly policy: string;
}

/** The limits in force, worked out once for each change of the settings. */
export interface Plan {
  readonly windowMs: number;
  readonly tiers: Readonly<Record<Tier, TierPlan>>;
  readonly costs: ReadonlyMap<string, number>;
}

export function planOf(settings: GatewaySettings): Plan {
  const { limitWindowSeconds: seconds, limitAnonymous, limitUser, limitPartner, limitAdmin, limitCosts } = settings;
  const tier = (name: Tier, limit: number): TierPlan => ({
    tier: name,
    limit,
    policy: `"${name}";q=${limit};w=${seconds}`,
  });
  return {
    windowMs: seconds * 1_000,
    tiers: {
      anonymous: tier('anonymous', limitAnonymous),
      user: tier('user', limitUser),
      partner: tier('partner', limitPartner),
      admin: tier('admin', limitAdmin),
    },
    costs: new Map(Object.entries(limitCosts)),
  };
}

/** A class that the settings do not know costs what a read does. */
export const costOf = ({ costs }: Plan, { class: name, cost = 1 }: Price): number =>
  (costs.get(name) ?? costs.get('read') ?? 1) * cost;

export const tierOf = (roles: readonly Role[]): Tier => (roles.includes('admin') ? 'admin' : 'user');

const CHECKOUT = /^\/api\/orders\/?(\?|$)/;
const BATCH = /^\/api\/batch\/?(\?|$)/;

/** What a request costs whose route does not say. */
export const priceOf = ({
  method,
  raw,
}: {
  readonly method: string;
  readonly raw?: { readonly url?: string };
}): Price => PRICES[classOf(method, raw?.url ?? '')];

type Class = keyof GatewaySettings['limitCosts'];
/** Made once: nothing of this is made by the request. */
const PRICES: Readonly<Record<Class, Price>> = {
  read: { class: 'read' },
  write: { class: 'write' },
  checkout: { class: 'checkout' },
  page: { class: 'page' },
  batch: { class: 'batch' },
};

/** What it costs to come with credentials that are none: never nothing, as a batch does, which is paid for by what is in it. */
export const priceOfTrying = (price: Price): Price =>
  price.class === 'batch' || price.cost === 0 ? PRICES.write : price;

/** `target` with its query. */
export function classOf(method: string, target: string): Class {
  if (target.startsWith('/api/batch') && BATCH.test(target)) return 'batch';
  if (method === 'GET' || method === 'HEAD') return target.startsWith('/api/pages/') ? 'page' : 'read';
  return method === 'POST' && CHECKOUT.test(target) ? 'checkout' : 'write';
}
