import { encodeOutbox, type PgTx, type Queryable } from '@souk/messaging';
import { dueAt, type SagaState } from '@souk/saga';
import { fold, type OrderEvent } from '../domain/order.js';
import { type Cause, messagesOf, SOURCE } from '../messaging/order-messages.js';
import type { OrderChange, OrderRecord, OrderStep } from '../saga/order-process.js';
import type { PlaceOrderData } from '../saga/place-order.saga.js';
import type { StoredAnswer } from './checkout.js';
import { CHANGE, DUE, LOAD, LOCK, PLACE, READ } from './order-sql.js';
import { fromStored, type StoredEvent, toStored } from './stored-event.js';

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
  readonly events: readonly OrderEvent[];
}

export interface Claims {
  /** Who makes the calls that this process writes. */
  readonly owner: string;
  readonly claimMs: number;
}

interface Draft {
  readonly expected: number;
  readonly cause: Cause;
  record: OrderRecord;
  changes: OrderChange[];
  answered: string | null;
}

/** Orders as streams of events, with their sagas, owed calls and messages. The caller owns the transaction. */
export class OrderStore {
  constructor(private readonly claims: Claims) {}

  /** One statement for all; true for each placement that was written, false where its idempotency key was taken. */
  async place(db: Queryable, placements: readonly Placement[]): Promise<boolean[]> {
    const input = placements.map(({ change, cartVersion, request, response, cause, now }) => ({
      ...this.rowOf([change], cause, now),
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
   */
  async advance(tx: PgTx, advances: readonly Advance[], now: Date): Promise<string[]> {
    const ids = [...new Set(advances.map(({ orderId }) => orderId))].sort();
    await tx.query({ name: 'lock-orders', text: LOCK, values: [ids] });
    const records = await this.load(tx, ids);
    const drafts = new Map<string, Draft>();
    for (const { orderId, step, cause, answered } of advances) {
      const record = drafts.get(orderId)?.record ?? records.get(orderId);
      if (!record) continue;
      const draft = drafts.get(orderId) ?? { expected: record.version, cause, record, changes: [], answered: null };
      const change = step(record, now);
      if (change) Object.assign(draft, { record: change.record, changes: [...draft.changes, change] });
      if (answered) draft.answered = answered;
      drafts.set(orderId, draft);
    }
    const changed = [...drafts.values()].filter(({ changes, answered }) => changes.length > 0 || answered);
    if (changed.length === 0) return [];
    const input = changed.map(({ expected, changes, record, cause, answered }) => ({
      ...this.rowOf(changes.length > 0 ? changes : [{ record, events: [], commands: [] }], cause, now),
      expected,
      answered,
    }));
    const written = await this.write(tx, 'change-orders', CHANGE, input);
    if (written.size !== input.length) throw new Error('an order changed although it was locked');
    return [...written];
  }

  /** Orders with an overdue saga, the longest overdue first; `cause` is the request that placed them. */
  async due(db: Queryable, now: Date, limit: number): Promise<{ orderId: string; cause: Cause }[]> {
    type Row = { order_id: string; cause: Cause | null };
    const { rows } = await db.query<Row>({ name: 'due-orders', text: DUE, values: [now, limit] });
    return rows.map(({ order_id: orderId, cause }) => ({ orderId, cause: cause ?? {} }));
  }

  async postpone(db: Queryable, orderIds: readonly string[], until: Date): Promise<void> {
    const text = 'update sagas set due_at = $2 where order_id = any($1::uuid[]) and due_at < $2';
    await db.query({ name: 'postpone-sagas', text, values: [orderIds, until] });
  }

  async read(db: Queryable, orderId: string): Promise<StoredOrder | undefined> {
    const { rows } = await db.query<{ version: number; events: StoredEvent[] }>({
      name: 'read-order',
      text: READ,
      values: [orderId],
    });
    return rows[0] && { version: rows[0].version, events: rows[0].events.map(fromStored) };
  }

  private async load(tx: PgTx, ids: readonly string[]): Promise<Map<string, OrderRecord>> {
    type Row = { order_id: string; version: number; state: SagaState<PlaceOrderData>; events: StoredEvent[] };
    const { rows } = await tx.query<Row>({ name: 'load-orders', text: LOAD, values: [ids] });
    return new Map(
      rows.map(({ order_id, version, state, events }) => {
        const order = fold(events.map(fromStored));
        if (!order) throw new Error(`order ${order_id} has no events`);
        return [order_id, { order, version, saga: state }];
      }),
    );
  }

  private async write(db: Queryable, name: string, text: string, input: readonly object[]): Promise<Set<string>> {
    const { owner, claimMs } = this.claims;
    const { rows } = await db.query<{ order_id: string }>({
      name,
      text,
      values: [JSON.stringify(input), owner, claimMs],
    });
    return new Set(rows.map((row) => row.order_id));
  }

  private rowOf(changes: readonly OrderChange[], cause: Cause, now: Date) {
    const { order, version, saga } = changes.at(-1)?.record ?? never();
    const call = changes.findLast((change) => change.call)?.call;
    const correlation_id = cause.correlationId ?? null;
    const due = dueAt(saga);
    return {
      order_id: order.orderId,
      status: order.status,
      version,
      events: changes.flatMap(({ events }) =>
        events.map((recorded) => ({ ...toStored(recorded.event, recorded.version), correlation_id })),
      ),
      phase: saga.phase,
      saga,
      due_at: due === null ? null : new Date(due),
      cause,
      call: call ? { ...call, context: cause } : null,
      messages: encodeOutbox(
        SOURCE,
        changes.flatMap((change) => messagesOf(change, now, cause)),
      ),
    };
  }
}

function never(): never {
  throw new Error('a row needs a change');
}
