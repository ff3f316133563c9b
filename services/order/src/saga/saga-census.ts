import type { Elector } from '@souk/election';
import type { Metrics } from '@souk/observability';
import type { SagaCount, SagaRecords } from '../persistence/saga-records.js';

const EVERY_MS = 5_000;
/** It rests so many times as long as it took: with many thousands of open sagas that is a second, on the cores that should end them. */
const RESTS_TIMES = 20;
const LONGEST_PAUSE_MS = 60_000;

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
  #next(pauseMs = EVERY_MS): void {
    this.#timer = setTimeout(() => void this.#count(), pauseMs).unref();
  }

  async #count(): Promise<void> {
    const began = performance.now();
    await this.take().catch(() => undefined);
    const took = performance.now() - began;
    if (this.#running) this.#next(Math.min(LONGEST_PAUSE_MS, Math.max(EVERY_MS, RESTS_TIMES * took)));
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
