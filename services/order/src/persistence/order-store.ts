import { encodeOutbox, type Outbox, type PgTx, type Queryable } from '@souk/messaging';
import { dueAt, type SagaState } from '@souk/saga';
import { EVOLVE_VERSION, fold, type Order } from '../domain/order.js';
import { type Cause, messagesOf, SOURCE } from '../messaging/order-messages.js';
import type { OrderChange, OrderRecord, OrderStep, RecordedEvent } from '../saga/order-process.js';
import type { PlaceOrderData } from '../saga/place-order.saga.js';
import type { StoredAnswer } from './checkout.js';
import { CHANGE, CHANGE_WITH_SNAPSHOTS, FACTS, LOAD, LOCK, PLACE, READ } from './order-sql.js';
import { fromStored, type StoredEvent, type StoredFact, toStored } from './stored-event.js';

/** A new order with the request that it answers. */
export interface Placement {
  readonly change: OrderChange;
  readonly cartVersion?: number | undefined;
  readonly request: {
    readonly principal: string;
    readonly route: string;
    readonly key: string;
    readonly bodyHash: string;
  };
  /** Kept as it is for repeats of the request. */
  readonly response: StoredAnswer['response'];
  readonly cause: Cause;
  readonly now: Date;
}

/** One step of one order; `answered` is the remote call that is no longer owed. */
export interface Advance {
  readonly orderId: string;
  readonly step: OrderStep;
  readonly cause: Cause;
  readonly answered?: string;
}

export interface StoredOrder {
  readonly version: number;
  readonly order: Order;
}

export interface OrderStoreSettings {
  /** Who makes the calls that this process writes. */
  readonly owner: string;
  readonly claimMs: number;
  /** An order is kept as a snapshot each time so many more events have happened to it. */
  readonly snapshotEvery?: () => number;
  /** Where the messages of a change go; without one their rows are written for a relay. */
  readonly outbox?: Pick<Outbox, 'rows'>;
}

/** What one step wants written, and who or what asked for it. */
interface Caused {
  readonly change: OrderChange;
  readonly cause: Cause;
}

interface Draft {
  readonly expected: number;
  readonly cause: Cause;
  readonly before: SagaState<PlaceOrderData>;
  record: OrderRecord;
  changes: Caused[];
  answered: string | null;
}

interface StateRow {
  readonly version: number;
  readonly snapshot: Order | null;
  readonly events: readonly StoredEvent[] | null;
}

const SNAPSHOT_EVERY = 50;
const TABLE: Pick<Outbox, 'rows'> = { rows: (messages) => encodeOutbox(SOURCE, messages) };

/** Orders as streams of events, with their sagas, owed calls and messages. The caller owns the transaction. */
export class OrderStore {
  constructor(private readonly settings: OrderStoreSettings) {}

  /** One statement for all; true for each placement that was written, false where its idempotency key was taken. */
  async place(db: Queryable, placements: readonly Placement[]): Promise<boolean[]> {
    const input = placements.map(({ change, cartVersion, request, response, cause, now }) => ({
      ...this.rowOf([{ change, cause }], now),
      user_id: change.record.order.userId,
      cart_version: cartVersion ?? null,
      principal: request.principal,
      route: request.route,
      key: request.key,
      body_hash: request.bodyHash,
      response,
    }));
    const written = await this.write(db, 'place-orders', PLACE, input);
    return placements.map(({ change }) => written.has(change.record.order.orderId));
  }

  /**
   * Locks the orders, takes each step on the latest state and writes all changes in one statement. Several steps of one
   * order follow each other. Returns the ids of the orders that changed; unknown orders are passed over.
   * @throws Error where an order exists but not under this spelling of its id, or has no saga: its step would be lost
   */
  async advance(tx: PgTx, advances: readonly Advance[], now: Date): Promise<string[]> {
    const ids = [...new Set(advances.map(({ orderId }) => orderId))].sort();
    const { rows } = await tx.query<{ order_id: string }>({ name: 'lock-orders', text: LOCK, values: [ids] });
    const locked = new Set(rows.map((row) => row.order_id));
    const records = await this.load(tx, ids);
    const drafts = new Map<string, Draft>();
    for (const { orderId, step, cause, answered } of advances) {
      const record = drafts.get(orderId)?.record ?? records.get(orderId);
      if (!record && locked.has(orderId.toLowerCase())) throw new Error(`order ${orderId} was locked but not loaded`);
      if (!record) continue;
      const draft = drafts.get(orderId) ?? draftOf(record, cause);
      const change = step(record, now);
      if (change) Object.assign(draft, { record: change.record, changes: [...draft.changes, { change, cause }] });
      if (answered) draft.answered = answered;
      drafts.set(orderId, draft);
    }
    const changed = [...drafts.values()].filter(({ changes, answered }) => changes.length > 0 || answered);
    if (changed.length === 0) return [];
    const input = changed.map(({ expected, before, changes, record, cause, answered }) => ({
      ...this.rowOf(changes.length > 0 ? changes : [{ change: { record, events: [], commands: [] }, cause }], now),
      snapshot: this.snapshotOf(record, expected),
      expected,
      answered,
      moves: record.saga !== before || answered !== null || changes.some(({ change }) => change.call),
    }));
    const written = input.some(({ snapshot }) => snapshot)
      ? await this.write(tx, 'change-orders-with-snapshots', CHANGE_WITH_SNAPSHOTS, input)
      : await this.write(tx, 'change-orders', CHANGE, input);
    if (written.size !== input.length) throw new Error('an order changed although it was locked');
    return [...written];
  }

  async read(db: Queryable, orderId: string): Promise<StoredOrder | undefined> {
    const values = [orderId, EVOLVE_VERSION];
    const { rows } = await db.query<StateRow>({ name: 'read-order', text: READ, values });
    return rows[0] && { version: rows[0].version, order: orderOf(rows[0], orderId) };
  }

  /** All events of an order, oldest first; none for an order that does not exist. */
  async facts(db: Queryable, orderId: string): Promise<StoredFact[]> {
    const { rows } = await db.query<{ facts: StoredFact[] | null }>({ name: 'facts', text: FACTS, values: [orderId] });
    return rows[0]?.facts ?? [];
  }

  private async load(tx: PgTx, ids: readonly string[]): Promise<Map<string, OrderRecord>> {
    type Row = StateRow & { order_id: string; state: SagaState<PlaceOrderData> };
    const { rows } = await tx.query<Row>({ name: 'load-orders', text: LOAD, values: [ids, EVOLVE_VERSION] });
    return new Map(
      rows.map((row) => [row.order_id, { order: orderOf(row, row.order_id), version: row.version, saga: row.state }]),
    );
  }

  /** When the order has passed a multiple of the interval. */
  private snapshotOf({ order, version }: OrderRecord, before: number) {
    const every = this.settings.snapshotEvery?.() ?? SNAPSHOT_EVERY;
    const due = Math.floor(version / every) > Math.floor(before / every);
    return due ? { evolveVersion: EVOLVE_VERSION, state: order } : null;
  }

  private async write(db: Queryable, name: string, text: string, input: readonly object[]): Promise<Set<string>> {
    const { owner, claimMs } = this.settings;
    const { rows } = await db.query<{ order_id: string }>({
      name,
      text,
      values: [JSON.stringify(input), owner, claimMs],
    });
    return new Set(rows.map((row) => row.order_id));
  }

  private rowOf(changes: readonly Caused[], now: Date) {
    const { order, version, saga } = changes.at(-1)?.change.record ?? never();
    const owed = changes.findLast(({ change }) => change.call);
    const due = dueAt(saga);
    const { outbox = TABLE } = this.settings;
    return {
      order_id: order.orderId,
      status: order.status,
      version,
      events: changes.flatMap(({ change, cause }) => change.events.map((recorded) => toFact(recorded, cause))),
      phase: saga.phase,
      saga,
      moves: true,
      due_at: due === null ? null : new Date(due),
      cause: changes[0]?.cause,
      call: owed ? { ...owed.change.call, context: owed.cause } : null,
      messages: outbox.rows(changes.flatMap(({ change, cause }) => messagesOf(change, now, cause))),
    };
  }
}

const draftOf = (record: OrderRecord, cause: Cause): Draft => ({
  expected: record.version,
  cause,
  before: record.saga,
  record,
  changes: [],
  answered: null,
});

function toFact({ event, version }: RecordedEvent, cause: Cause): StoredFact {
  return {
    ...toStored(event, version),
    actor: cause.actor ?? null,
    correlation_id: cause.correlationId ?? null,
    causation_id: cause.causationId ?? null,
  };
}

function orderOf({ snapshot, events }: StateRow, orderId: string): Order {
  const order = fold((events ?? []).map(fromStored), snapshot ?? undefined);
  if (!order) throw new Error(`order ${orderId} has no events`);
  return order;
}

function never(): never {
  throw new Error('a row needs a change');
}
