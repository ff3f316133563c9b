import type { Elector } from '@souk/election';
import type { Metrics } from '@souk/observability';
import type { SagaCount, SagaRecords } from '../persistence/saga-records.js';

const EVERY_MS = 5_000;

/** Counts the sagas now and then, because metrics are read without waiting. */
export class SagaCensus {
  #counts: readonly SagaCount[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  constructor(
    private readonly records: Pick<SagaRecords, 'count'>,
    private readonly elector: Pick<Elector, 'term'>,
  ) {}

  start(): void {
    this.#running = true;
    this.#next();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  /** After the last one has ended: a database that is slow must not be asked twice at once. */
  #next(): void {
    const count = () => this.take().catch(() => undefined);
    this.#timer = setTimeout(() => void count().then(() => this.#running && this.#next()), EVERY_MS).unref();
  }

  async take(): Promise<void> {
    this.#counts = await this.records.count();
  }

  addTo(metrics: Metrics): void {
    const of = (state: string) =>
      this.#counts.filter((one) => one.state === state).reduce((n, one) => n + one.count, 0);
    metrics.gauge('souk_sagas', 'Sagas that are not finished, by phase and by whether they need a person.', () =>
      this.#counts.map(({ state, phase, count }) => ({ labels: { phase, state }, value: count })),
    );
    metrics.gauge('souk_sagas_parked', 'Sagas that need a person.', () => of('parked'));
    metrics.gauge('souk_saga_oldest_seconds', 'Age of the oldest order whose saga is not finished or given up.', () =>
      Math.max(0, ...this.#counts.filter(({ state }) => state !== 'abandoned').map(({ ageSeconds }) => ageSeconds)),
    );
    metrics.gauge('souk_leader', '1 while this process leads the saga supervisors.', () => (this.elector.term ? 1 : 0));
    metrics.gauge(
      'souk_leader_epoch',
      'Epoch of the term in which this process leads; 0 while it does not.',
      () => this.elector.term?.epoch ?? 0,
    );
  }
}
