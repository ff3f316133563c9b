import type { SagaDetails, SagaIntervention, SagaList, SagaStateName } from '@souk/contracts';
import type { PgTx } from '@souk/outbox';
import type { Principal } from '@souk/http';
import { OrderError } from '../domain/order.errors.js';
import { type Cause, causeOfRequest } from '../messaging/order-messages.js';
import type { SagaRecords, SagaRow } from '../persistence/saga-records.js';
import { cancelled } from '../saga/order-process.js';
import { placeOrderSaga } from '../saga/place-order.saga.js';
import { resubmitted } from '../saga/resubmitted.js';
import { toSagaDetails, toSagaSummary } from '../views/saga-view.js';
import type { AdvanceOrders } from './advance-orders.js';

type Outcome = SagaIntervention['outcome'];

export interface LookAfterSagasParts {
  readonly records: SagaRecords;
  readonly orders: Pick<AdvanceOrders, 'commit' | 'within'>;
  readonly logger: { warn(fields: object, message: string): void };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What operators do about sagas. Of two at once the second finds the work done, since both take the lock of the order. */
export class LookAfterSagas {
  constructor(private readonly parts: LookAfterSagasParts) {}

  async list(state: SagaStateName, limit: number): Promise<SagaList> {
    const { rows, total } = await this.parts.records.list(state, limit);
    return { items: rows.map(toSagaSummary), total };
  }

  /** @throws OrderError order-not-found */
  async show(orderId: string): Promise<SagaDetails> {
    const { records } = this.parts;
    const row = UUID.test(orderId) ? await records.read(orderId) : undefined;
    if (!row) throw new OrderError('order-not-found');
    return toSagaDetails(row, await records.interventions(orderId));
  }

  /** Tries what a parked or abandoned saga waits for again. @throws OrderError order-not-found */
  retry(orderId: string, operator: Principal): Promise<SagaIntervention> {
    return this.#intervene(orderId, operator, 'retry', null, async (tx, row, cause) => {
      if (row.state !== 'parked' && row.state !== 'abandoned') return 'unchanged';
      await this.parts.records.resubmit(tx, orderId);
      // One that could not be moved goes back to the supervisor: whatever kept it may keep it still.
      if (!row.stuckSince) await this.parts.orders.within(tx, [{ orderId, step: resubmitted, cause }]);
      return 'resubmitted';
    });
  }

  /** Before the pivot it compensates; after it, or when that is what fails, nothing is tried any more. @throws OrderError order-not-found, saga-not-parked */
  abandon(orderId: string, operator: Principal, reason: string): Promise<SagaIntervention> {
    return this.#intervene(orderId, operator, 'abandon', reason, async (tx, row, cause) => {
      if (row.state === 'abandoned' || (await this.#hasComeOfAbandon(tx, row))) return 'unchanged';
      if (row.state !== 'parked') throw new OrderError('saga-not-parked');
      if (canCompensate(row)) {
        await this.parts.orders.within(tx, [{ orderId, step: cancelled, cause }]);
        return 'compensating';
      }
      await this.parts.records.abandon(tx, orderId);
      return 'abandoned';
    });
  }

  /** Whether it is being undone, or has ended, and the last that an operator did was to abandon it: a repeat is harmless. */
  async #hasComeOfAbandon(tx: PgTx, { orderId, state, saga }: SagaRow): Promise<boolean> {
    if (state !== 'finished' && !(state === 'running' && saga.phase === 'compensating')) return false;
    return (await this.parts.records.interventions(orderId, tx)).at(-1)?.action === 'abandon';
  }

  async #intervene(
    orderId: string,
    operator: Principal,
    action: 'retry' | 'abandon',
    reason: string | null,
    work: (tx: PgTx, row: SagaRow, cause: Cause) => Promise<Outcome>,
  ): Promise<SagaIntervention> {
    const { records, orders, logger } = this.parts;
    const cause = causeOfRequest(operator.sub);
    const actor = `user/${operator.sub}`;
    let outcome: Outcome = 'unchanged';
    await orders.commit(async (tx) => {
      const row = UUID.test(orderId) ? await records.readLocked(tx, orderId) : undefined;
      if (!row) throw new OrderError('order-not-found');
      outcome = await work(tx, row, cause);
      if (outcome === 'unchanged') return [];
      await records.note(tx, orderId, { actor, action, reason, outcome });
      return [{ orderId, owesCall: true }];
    });
    if (outcome !== 'unchanged')
      logger.warn({ orderId, actor, action, reason, outcome }, 'an operator intervened in a saga');
    return { outcome, saga: await this.show(orderId) };
  }
}

const canCompensate = ({ saga, stuckSince }: SagaRow): boolean =>
  saga.phase === 'forward' &&
  !stuckSince &&
  !placeOrderSaga.steps.some(({ name, pivot }) => pivot && name in saga.steps);
