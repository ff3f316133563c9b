import type { SagaState, StepState } from '@souk/saga';
import { type OrderStep, overdue } from './order-process.js';
import { type PlaceOrderData, placeOrderSaga } from './place-order.saga.js';

/** Sends what was not answered again, as if for the first time. Calls are not touched: they are rows of their own. */
export const resubmitted: OrderStep = (record, now) =>
  overdue({ ...record, saga: dueNow(record.saga, now.getTime()) }, now);

function dueNow(saga: SagaState<PlaceOrderData>, now: number): SagaState<PlaceOrderData> {
  const sent = new Set(placeOrderSaga.steps.filter(({ action }) => action.via === 'send').map(({ name }) => name));
  const steps = Object.entries(saga.steps).map(([name, step]): [string, StepState] =>
    sent.has(name) && step.due !== null ? [name, { ...step, attempts: 0, due: now }] : [name, step],
  );
  return { ...saga, steps: Object.fromEntries(steps) };
}
