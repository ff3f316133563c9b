import type { Collection } from 'mongodb';
import type { Logger } from '@souk/observability';
import type { ViewLag } from '@souk/messaging';
import { whenReachable } from '@souk/mongo';
import type { Views } from '../persistence/views.js';

/** How far one process is with the partitions that it reads. */
export interface ProgressDocument {
  /** Of the process. */
  readonly _id: string;
  /** Null: alive, and cannot say; it may hold what nobody else has applied. */
  readonly asOf: Date | null;
  readonly reportedAt: Date;
}

export interface AsOfOptions {
  readonly self: string;
  readonly views: Pick<Views, 'recent'>;
  readonly progress: Collection<ProgressDocument>;
  readonly lag: () => ViewLag;
  readonly now: () => Date;
  readonly logger: Pick<Logger, 'debug'>;
}

/** How long a process that says nothing still counts, in ms: Kafka gives its partitions to others after 6 s. */
const SILENT_MS = 10_000;
const REPORT_MS = 1_000;

/** What every answer says of its age. */
export interface Age {
  readonly asOf: string;
  readonly rebuilding?: true;
}

/**
 * The time up to which the views hold everything: that of the process that is furthest behind. Each reports once a second and
 * reads what the others reported; a process that has just started goes by what was true before.
 */
export class AsOf {
  readonly #options: AsOfOptions;
  /** Undefined: nobody else reads; null: somebody does who cannot say how far. */
  #others: Date | null | undefined;
  #known = new Date(0);
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AsOfOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#exchange();
    this.#timer = setInterval(() => void this.#exchange(), REPORT_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const { progress, self } = this.#options;
    // Others need not wait for us; our own time stays for whoever comes next.
    await progress.updateOne({ _id: self }, { $set: { reportedAt: new Date(0) } }).catch(() => undefined);
  }

  /** Never goes back. */
  value(): Date {
    const own = this.#options.lag().asOf;
    const others = this.#others === undefined ? own : this.#others;
    if (own !== undefined && others) this.#raise(own < others ? own : others);
    return this.#known;
  }

  /** A view that lacks something holds everything up to no time at all. */
  async age(): Promise<Age> {
    const { complete } = await this.#options.views.recent();
    return complete ? { asOf: this.value().toISOString() } : { asOf: new Date(0).toISOString(), rebuilding: true };
  }

  #raise(time: Date): void {
    if (time > this.#known) this.#known = time;
  }

  async #exchange(): Promise<void> {
    const { progress, self, lag, now, logger } = this.#options;
    try {
      const { asOf = null } = lag();
      const report = { asOf, reportedAt: now() };
      await whenReachable(() => progress.updateOne({ _id: self }, { $set: report }, { upsert: true }));
      const others = (await whenReachable(() => progress.find().toArray())).filter(({ _id }) => _id !== self);
      const alive = others.filter(({ reportedAt }) => now().getTime() - reportedAt.getTime() < SILENT_MS);
      this.#others = earliest(alive);
      if (asOf === null) this.#raise(before(alive, others) ?? new Date(0));
      else await this.#forget(others.filter((report) => !alive.includes(report)));
    } catch (error) {
      logger.debug({ err: error }, 'progress could not be exchanged');
    }
  }

  async #forget(dead: readonly ProgressDocument[]): Promise<void> {
    const ids = dead.map(({ _id }) => _id);
    if (ids.length > 0) await whenReachable(() => this.#options.progress.deleteMany({ _id: { $in: ids } }));
  }
}

/** What was true when we started: by those who run, or where none of them knows yet, by those who ran. */
function before(alive: readonly ProgressDocument[], all: readonly ProgressDocument[]): Date | null | undefined {
  const told = all.filter(({ asOf }) => asOf !== null);
  return earliest(alive.some((report) => told.includes(report)) ? alive : told);
}

/** Undefined of nobody, null where one cannot say. */
function earliest(reports: readonly ProgressDocument[]): Date | null | undefined {
  if (reports.length === 0) return undefined;
  const times = reports.map(({ asOf }) => asOf?.getTime());
  return times.includes(undefined) ? null : new Date(Math.min(...times.map(Number)));
}
