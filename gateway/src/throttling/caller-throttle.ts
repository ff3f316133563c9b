import { ANONYMOUS, CodedError } from '@souk/http';
import type { GatewaySettings } from '@souk/contracts';
import type { Account } from './account.js';
import type { ApiKeys } from './api-keys.js';
import type { Blocks } from './blocks.js';
import type { CallerAddress } from './caller-address.js';
import type { Ledger } from './ledger.js';
import { costOf, type Plan, planOf, type Price, priceOfTrying, type Tier, type TierPlan, tierOf } from './plan.js';
import { type Caller, type Charged, Throttle } from './throttle.js';
import type { ThrottleMetrics } from './throttle-metrics.js';

interface Parts {
  readonly settings: { readonly value: GatewaySettings };
  readonly ledger: Ledger;
  readonly blocks: Blocks;
  readonly apiKeys: ApiKeys;
  readonly addresses: CallerAddress;
  readonly metrics: ThrottleMetrics;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface Payer {
  readonly key: string;
  readonly tier: Tier;
}

/**
 * Pattern: Throttling. Every caller has a budget of points in each window, by tier; a request costs points by its class. All replicas
 * count together (`Ledger`), and who asks for far too much is blocked for a while (`Blocks`).
 */
export class CallerThrottle extends Throttle {
  readonly #parts: Parts;
  #settings: GatewaySettings;
  #plan: Plan;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
    this.#settings = parts.settings.value;
    this.#plan = planOf(this.#settings);
  }

  charge(visit: Charged, caller: Caller | undefined, price: Price): void {
    this.#take(visit, this.#whoIs(visit, caller, price), price);
  }

  #take(visit: Charged, { key, tier }: Payer, price: Price): void {
    const plan = this.#inForce();
    const { ledger, blocks, metrics } = this.#parts;
    const now = this.#parts.now();
    const blockedUntil = blocks.until(key, now);
    if (blockedUntil !== undefined) {
      metrics.count(tier, 'blocked');
      throw blocked(blockedUntil - now);
    }
    const { windowMs, tiers } = plan;
    const account = ledger.of(key, now, windowMs);
    const limit = this.#share(tiers[tier].limit);
    const isAllowed = account.spend(costOf(plan, price), limit);
    ledger.note(account, limit, windowMs);
    metrics.count(tier, isAllowed ? 'allowed' : 'refused');
    tell(visit, tiers[tier], account, limit, now);
    if (isAllowed) return;
    if (this.#isOffence(account, tier, limit)) this.#strike(account, now);
    throw tooMany(account.endsAt - now);
  }

  #inForce(): Plan {
    const { value } = this.#parts.settings;
    if (value !== this.#settings) {
      this.#settings = value;
      this.#plan = planOf(value);
    }
    return this.#plan;
  }

  #whoIs(visit: Charged, caller: Caller | undefined, price: Price): Payer {
    const partner = this.#holderOf(visit, price);
    if (partner !== undefined) return { key: `partner:${partner}`, tier: 'partner' };
    if (caller === undefined || caller.sub === ANONYMOUS) return this.#addressOf(visit);
    return { key: `user:${caller.sub}`, tier: tierOf(caller.roles) };
  }

  #holderOf(visit: Charged, price: Price): string | undefined {
    try {
      return this.#parts.apiKeys.holderOf(visit.request);
    } catch (error) {
      // Who tries out keys is charged by address.
      this.#take(visit, this.#addressOf(visit), priceOfTrying(price));
      throw error;
    }
  }

  #addressOf({ request }: Charged): Payer {
    return { key: `address:${this.#parts.addresses.of(request)}`, tier: 'anonymous' };
  }

  /** Declared behaviour without the store: together the replicas stay near the limit, whatever share of the callers each has. */
  #share(limit: number): number {
    return this.#parts.ledger.isAlone ? Math.max(1, Math.floor(limit / this.#settings.limitReplicas)) : limit;
  }

  /** An admin must be able to come in and unblock. */
  #isOffence({ refused }: Account, tier: Tier, limit: number): boolean {
    const { blockAfter } = this.#settings;
    return blockAfter > 0 && tier !== 'admin' && refused >= blockAfter * limit;
  }

  #strike(account: Account, now: number): void {
    account.refused = 0;
    void this.#parts.blocks.strike(account.key, now, this.#settings.blockSeconds * 1_000);
  }
}

/** draft-ietf-httpapi-ratelimit-headers-10: what is left, and in how many seconds it is all there again. */
function tell(
  { reply }: Charged,
  { tier, policy }: TierPlan,
  { spent, endsAt }: Account,
  limit: number,
  now: number,
): void {
  void reply.header('ratelimit-policy', policy);
  void reply.header('ratelimit', `"${tier}";r=${Math.max(0, limit - spent)};t=${secondsOf(endsAt - now)}`);
}

const secondsOf = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

const tooMany = (ms: number): CodedError =>
  new CodedError(
    'too-many-requests',
    'rate-limited',
    'You have asked for more than your limit allows; wait a moment.',
    {
      retryAfterSeconds: secondsOf(ms),
    },
  );

const blocked = (ms: number): CodedError =>
  new CodedError(
    'too-many-requests',
    'caller-blocked',
    'You went on far beyond your limit and are shut out for a while.',
    {
      retryAfterSeconds: secondsOf(ms),
    },
  );
