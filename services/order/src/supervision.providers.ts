import type { Provider } from '@nestjs/common';
import { Elector, KubernetesLease, type Lease, SqlFence, SqlLease } from '@souk/election';
import { Metrics } from '@souk/observability';
import { AppLogger, BackgroundPool } from '@souk/service-kit';
import pg from 'pg';
import type { OrderConfig } from './config.js';
import { SagaRecords } from './persistence/saga-records.js';
import { SagaTimers, StoredSagaTimers } from './persistence/saga-timers.js';
import { MemorySagaTimers } from './persistence/saga-timers.naive.js';
import { SUPERVISOR, Supervision } from './persistence/supervision.js';
import { UNFENCED } from './persistence/supervision.naive.js';
import { tidyUp } from './persistence/tidy-up.js';
import { SagaCensus } from './saga/saga-census.js';
import { SagaSupervisor } from './saga/saga-supervisor.js';
import { AdvanceOrders, OrdersInBackground } from './use-cases/advance-orders.js';
import { AdvanceOverdue } from './use-cases/advance-overdue.js';
import { LookAfterSagas } from './use-cases/look-after-sagas.js';

/** A dead leader is replaced within this and a third of it; claims of calls last longer, so it delays none of them. */
const TTL_MS = 6_000;

const now = () => new Date();

function leaseOf(config: OrderConfig, db: pg.Pool, holder: string): Lease {
  if (config.SAGA_ELECTION === 'sql') return new SqlLease({ db, name: SUPERVISOR, holder, ttlMs: TTL_MS });
  return new KubernetesLease({
    server: `https://${config.KUBERNETES_SERVICE_HOST}:${config.KUBERNETES_SERVICE_PORT}`,
    credentials: config.KUBERNETES_CREDENTIALS,
    name: `order-${SUPERVISOR}`,
    holder,
    ttlMs: TTL_MS,
  });
}

/** The supervisor of the sagas, and who elects it; `holder` is unique to the process. */
export const supervision = (config: OrderConfig, holder: string): Provider[] => [
  {
    provide: SagaTimers,
    useFactory: (pool: pg.Pool) =>
      new (config.SOUK_VARIANTS.includes('saga-no-timers') ? MemorySagaTimers : StoredSagaTimers)(pool),
    inject: [BackgroundPool],
  },
  {
    provide: Supervision,
    useFactory: (pool: pg.Pool) =>
      config.SOUK_VARIANTS.includes('supervisor-unfenced') ? new Supervision(pool, UNFENCED) : new Supervision(pool),
    inject: [BackgroundPool],
  },
  {
    provide: Elector,
    useFactory: (
      pool: pg.Pool,
      timers: SagaTimers,
      supervision: Supervision,
      orders: AdvanceOrders,
      logger: AppLogger,
    ) => {
      const overdue = new AdvanceOverdue({ timers, supervision, orders, now });
      const supervisor = new SagaSupervisor({
        supervision,
        advanceOverdue: (epoch) => overdue.execute(epoch),
        tidyUp: async () => void (await tidyUp(pool)),
        logger,
      });
      return new Elector({
        lease: leaseOf(config, pool, holder),
        fence: new SqlFence({ db: pool, name: SUPERVISOR, holder }),
        task: supervisor.supervise,
        logger: logger.child({ component: 'election', lease: SUPERVISOR }),
      });
    },
    inject: [BackgroundPool, SagaTimers, Supervision, OrdersInBackground, AppLogger],
  },
  { provide: SagaRecords, useFactory: (pool: pg.Pool) => new SagaRecords(pool), inject: [pg.Pool] },
  {
    provide: LookAfterSagas,
    useFactory: (records: SagaRecords, orders: AdvanceOrders, logger: AppLogger) =>
      new LookAfterSagas({ records, orders, logger }),
    inject: [SagaRecords, AdvanceOrders, AppLogger],
  },
  {
    provide: SagaCensus,
    useFactory: (pool: pg.Pool, elector: Elector, metrics: Metrics) => {
      const census = new SagaCensus(new SagaRecords(pool), elector);
      census.addTo(metrics);
      return census;
    },
    inject: [BackgroundPool, Elector, Metrics],
  },
];
