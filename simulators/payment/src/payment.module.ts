import { type DynamicModule, Module } from '@nestjs/common';
import { AppLogger, HealthRegistry, WatchedFiles } from '@souk/service-kit';
import { v7 as uuidv7 } from 'uuid';
import type { PaymentConfig } from './config.js';
import { KnobsController } from './http/knobs.controller.js';
import { LedgerController } from './http/ledger.controller.js';
import { PaymentsController } from './http/payments.controller.js';
import { IdempotentCalls } from './persistence/idempotent-calls.js';
import { PaymentLedger } from './persistence/payment-ledger.js';
import { PaymentPool } from './persistence/payment-pool.js';
import { AuthorisePayment } from './use-cases/authorise-payment.js';
import { FindPayments } from './use-cases/find-payments.js';
import { MovePayment } from './use-cases/move-payment.js';
import { OutsideWorld } from './use-cases/outside-world.js';
import { SummariseLedger } from './use-cases/summarise-ledger.js';

@Module({})
class PaymentModule {}

export interface PaymentOverrides {
  /** 0 ≤ x < 1; decides about declines and errors. */
  readonly random?: () => number;
}

/** The composition root: the only place that knows which class stands behind which. */
export function paymentModule(config: PaymentConfig, { random = Math.random }: PaymentOverrides = {}): DynamicModule {
  const knobs = {
    declinePercent: config.PAYMENT_DECLINE_PERCENT,
    latencyMs: config.PAYMENT_LATENCY_MS,
    errorPercent: config.PAYMENT_ERROR_PERCENT,
  };
  return {
    module: PaymentModule,
    controllers: [PaymentsController, KnobsController, LedgerController],
    providers: [
      { provide: OutsideWorld, useFactory: () => new OutsideWorld(knobs, random) },
      {
        provide: PaymentPool,
        inject: [HealthRegistry, WatchedFiles, AppLogger],
        useFactory: (health: HealthRegistry, files: WatchedFiles, logger: AppLogger) =>
          new PaymentPool(config, health, files, logger),
      },
      {
        provide: PaymentLedger,
        inject: [PaymentPool],
        useFactory: ({ pool }: PaymentPool) => new PaymentLedger(pool),
      },
      {
        provide: IdempotentCalls,
        inject: [PaymentLedger],
        useFactory: (ledger: PaymentLedger) => new IdempotentCalls(ledger),
      },
      {
        provide: AuthorisePayment,
        inject: [IdempotentCalls, PaymentLedger, OutsideWorld],
        useFactory: (calls: IdempotentCalls, ledger: PaymentLedger, world: OutsideWorld) =>
          new AuthorisePayment(calls, ledger, world, uuidv7),
      },
      {
        provide: MovePayment,
        inject: [IdempotentCalls, PaymentLedger, OutsideWorld],
        useFactory: (calls: IdempotentCalls, ledger: PaymentLedger, world: OutsideWorld) =>
          new MovePayment(calls, ledger, world),
      },
      { provide: FindPayments, inject: [PaymentPool], useFactory: ({ pool }: PaymentPool) => new FindPayments(pool) },
      {
        provide: SummariseLedger,
        inject: [PaymentPool],
        useFactory: ({ pool }: PaymentPool) => new SummariseLedger(pool),
      },
    ],
  };
}
