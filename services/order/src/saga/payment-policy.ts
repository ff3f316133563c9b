import { type Resilient, resilient, type ResilientOptions } from '@souk/resilience';
import { CONCURRENCY } from './payment-agent.js';

/** DI token of what stands around the calls to the payment provider. */
export abstract class PaymentPolicy implements Resilient {
  abstract readonly name: string;
  abstract readonly circuit: Resilient['circuit'];
  abstract readonly execute: Resilient['execute'];
  abstract readonly state: Resilient['state'];
  abstract readonly tune: Resilient['tune'];
}

/** Deadline and bulkhead alone: only one layer tries again and breaks circuits, and that is the ambassador (docs/adr/0009). */
export const paymentPolicy = (claimMs: number, onEvent?: ResilientOptions['onEvent']): PaymentPolicy =>
  resilient({
    name: 'payment',
    timeoutMs: claimMs,
    bulkhead: { concurrent: CONCURRENCY, queue: CONCURRENCY },
    ...(onEvent && { onEvent }),
  });
