import { failpoint } from '@souk/failpoints';
import { encodeOutbox, type Outbox, type PgTx, type Queryable } from '@souk/outbox';
import { dueAt, type SagaState } from '@souk/saga';
import { EVOLVE_VERSION, fold, type Order } from '../domain/order.js';
import { type Cause, messagesOf, SOURCE } from '../messaging/order-messages.js';
import type { OrderChange, OrderRecord, OrderStep, RecordedEvent } from '../saga/order-process.js';
import type { PlaceOrderData } from '../saga/place-order.saga.js';
import { BEFORE_COMMIT } from '../failpoints.js';
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

export interface ChangedOrder {
  readonly orderId: string;
  /** Whether somebody now has a call to make for it. */
  readonly owesCall: boolean;
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

interface LoadedOrder extends OrderRecord {
  /** Of the row: it is another one after every change, also after one that no event tells of. */
  readonly xmin: string;
}

interface Draft {
  readonly loaded: LoadedOrder;
  readonly cause: Cause;
  record: OrderRecord;
  changes: Caused[];
  answered: string | null;
}

interface StateRow {
  readonly version: number;
  readonly snapshot: Order | null;
  readonly events: readonly StoredEvent[] | null;
}

interface LoadedRow extends StateRow {
  readonly order_id: string;
  readonly xmin: string;
  readonly state: SagaState<PlaceOrderData> | null;
}

const SNAPSHOT_EVERY = 50;
/** Each lost one means that somebody else got on. */
const ATTEMPTS = 20;
const TABLE: Pick<Outbox, 'rows'> = { rows: (messages) => encodeOutbox(SOURCE, messages) };

/** Orders that are changed by others all the time; a later try can succeed. */
export class Contended extends Error {
  override readonly name = 'Contended';
  /** serialization_failure: what a database says that notices the same. */
  readonly code = '40001';

  constructor(orderIds: readonly string[]) {
    super(`others kept changing the orders ${[...new Set(orderIds)].join(', ')}`);
  }
}

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
   * Takes each step on the latest state and writes all changes in one statement; where somebody else has changed an order since it
   * was read, its steps are taken again. Several steps of one order follow each other. Returns the orders that changed;
   * unknown orders are passed over. Inside a transaction lock() comes first.
   * @throws Contended; Error where an order exists but not under this spelling of its id, or has no saga: its step would be lost
   */
  async advance(db: Queryable, advances: readonly Advance[], now: Date): Promise<ChangedOrder[]> {
    const changed: ChangedOrder[] = [];
    let left = advances;
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt === ATTEMPTS) throw new Contended(left.map(({ orderId }) => orderId));
      const drafts = await this.decide(db, left, now);
      const written = drafts.length > 0 ? await this.change(db, drafts, now) : new Set<string>();
      const lost = new Set<string>();
      for (const { record, changes } of drafts) {
        const { orderId } = record.order;
        if (written.has(orderId)) changed.push({ orderId, owesCall: changes.some(({ change }) => change.call) });
        else lost.add(orderId);
      }
      left = left.filter(({ orderId }) => lost.has(orderId));
    }
    return changed;
  }

  /** Until the end of the transaction; without it two that change several orders could wait for each other. */
  async lock(tx: PgTx, orderIds: readonly string[]): Promise<void> {
    await tx.query({ name: 'lock-orders', text: LOCK, values: [orderIds] });
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

  /** What the steps make of the orders, without those that they leave as they are. */
  private async decide(db: Queryable, advances: readonly Advance[], now: Date): Promise<Draft[]> {
    const records = await this.load(db, [...new Set(advances.map(({ orderId }) => orderId))].sort());
    const drafts = new Map<string, Draft>();
    for (const { orderId, step, cause, answered } of advances) {
      const loaded = records.get(orderId);
      if (!loaded && records.has(orderId.toLowerCase()))
        throw new Error(`order ${orderId} is there under another spelling`);
      if (!loaded) continue;
      const draft = drafts.get(orderId) ?? { loaded, cause, record: loaded, changes: [], answered: null };
      const change = step(draft.record, now);
      if (change) Object.assign(draft, { record: change.record, changes: [...draft.changes, { change, cause }] });
      if (answered) draft.answered = answered;
      drafts.set(orderId, draft);
    }
    return [...drafts.values()].filter(({ changes, answered }) => changes.length > 0 || answered);
  }

  /** The ids of those that were still as they had been read. */
  private change(db: Queryable, drafts: readonly Draft[], now: Date): Promise<Set<string>> {
    const input = drafts.map(({ loaded, changes, record, cause, answered }) => ({
      ...this.rowOf(changes.length > 0 ? changes : [{ change: { record, events: [], commands: [] }, cause }], now),
      snapshot: this.snapshotOf(record, loaded.version),
      seen: loaded.xmin,
      answered,
      moves: record.saga !== loaded.saga || answered !== null || changes.some(({ change }) => change.call),
    }));
    return input.some(({ snapshot }) => snapshot)
      ? this.write(db, 'change-orders-with-snapshots', CHANGE_WITH_SNAPSHOTS, input)
      : this.write(db, 'change-orders', CHANGE, input);
  }

  private async load(db: Queryable, ids: readonly string[]): Promise<Map<string, LoadedOrder>> {
    const { rows } = await db.query<LoadedRow>({ name: 'load-orders', text: LOAD, values: [ids, EVOLVE_VERSION] });
    return new Map(rows.map((row) => [row.order_id, loadedOf(row)]));
  }

  /** When the order has passed a multiple of the interval. */
  private snapshotOf({ order, version }: OrderRecord, before: number) {
    const every = this.settings.snapshotEvery?.() ?? SNAPSHOT_EVERY;
    const due = Math.floor(version / every) > Math.floor(before / every);
    return due ? { evolveVersion: EVOLVE_VERSION, state: order } : null;
  }

  private async write(db: Queryable, name: string, text: string, input: readonly object[]): Promise<Set<string>> {
    const { owner, claimMs } = this.settings;
    await failpoint(BEFORE_COMMIT);
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

function toFact({ event, version }: RecordedEvent, cause: Cause): StoredFact {
  return {
    ...toStored(event, version),
    actor: cause.actor ?? null,
    correlation_id: cause.correlationId ?? null,
    causation_id: cause.causationId ?? null,
  };
}

function loadedOf(row: LoadedRow): LoadedOrder {
  const { order_id: orderId, version, state: saga, xmin } = row;
  if (saga === null) throw new Error(`order ${orderId} has no saga`);
  return { order: orderOf(row, orderId), version, saga, xmin };
}

function orderOf({ snapshot, events }: StateRow, orderId: string): Order {
  const order = fold((events ?? []).map(fromStored), snapshot ?? undefined);
  if (!order) throw new Error(`order ${orderId} has no events`);
  return order;
}

function never(): never {
  throw new Error('a row needs a change');
}
