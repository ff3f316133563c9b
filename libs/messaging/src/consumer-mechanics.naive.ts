import type pg from 'pg';
import type { Weakening } from './consumer-mechanics.js';
import type { Delivery, PgTx } from '@souk/outbox';
import { type Claim, Inbox, PgInbox } from './inbox.js';
import { PgParkingLot } from './parking.js';

/** Forgets what was received: a message that the broker delivers again has its effect again. */
class NoInbox extends Inbox {
  async claim(tx: PgTx, consumer: string, deliveries: readonly Delivery[]): Promise<Claim> {
    const { rowCount } = await tx.query('select from parked_messages where consumer = $1 limit 1', [consumer]);
    return { fresh: [...deliveries], hasParked: rowCount === 1 };
  }
}

/** Forgets that row and effect belong together: it commits the row first, so a failure or crash before the effect loses it. */
class InboxApart extends Inbox {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    super();
    this.#pool = pool;
  }

  claim(_tx: PgTx, consumer: string, deliveries: readonly Delivery[]): Promise<Claim> {
    return new PgInbox().claim(this.#pool, consumer, deliveries);
  }
}

/** Forgets the dead letter: what always fails is passed over, and nobody hears of it. */
class PoisonDropped extends PgParkingLot {
  override async giveUp(): Promise<void> {
    // Gone.
  }
}

/** Forgets that order matters: what comes after the dead letter of its key is handled before it. */
class KeyOvertakes extends PgParkingLot {
  override async parkedKeys(): Promise<() => boolean> {
    return () => false;
  }
}

const FOR_EVER_MS = 400;

/** The variants of consumers of PostgreSQL services, by name; what each forgets stands at its part. */
export const WEAK_CONSUMERS: Readonly<Record<string, Weakening>> = {
  /** The offset is committed before the effect: a crash in between loses the message. */
  'consumer-ack-first': () => ({
    acknowledge: (effects) => {
      effects.catch(() => undefined);
      return Promise.resolve();
    },
  }),
  'consumer-no-inbox': () => ({ inbox: new NoInbox() }),
  'consumer-inbox-apart': (pool) => ({ inbox: new InboxApart(pool) }),
  /** Nothing is ever given up: one poison message holds up everything. */
  'consumer-retry-forever': () => ({ retry: () => FOR_EVER_MS }),
  'consumer-drop-poison': () => ({ parking: new PoisonDropped() }),
  'consumer-key-overtakes': () => ({ parking: new KeyOvertakes() }),
};

/** The parts that the named variants replace; the sound ones stay where none does. For composition roots. */
export const weakened =
  (variants: readonly string[]): Weakening =>
  (pool) =>
    Object.assign({}, ...variants.map((name) => WEAK_CONSUMERS[name]?.(pool) ?? {})) as ReturnType<Weakening>;
