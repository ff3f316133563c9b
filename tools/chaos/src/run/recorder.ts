import type { Answer, Mark, Observations, PhaseName, Sample, SeenOrder } from './observations.ts';

/** Everything seen in a run, while it goes on; load and samplers add to the lists. */
export class Recorder implements Observations {
  readonly answers: Answer[] = [];
  readonly samples: Sample[] = [];
  readonly marks: Mark[] = [];
  readonly orders: SeenOrder[] = [];
  readonly phases: Partial<Record<PhaseName, number>> = {};
  /** Counters of faults, as they are sampled. */
  readonly own: Record<string, number> = {};
  readonly #clock: () => number;
  readonly #began: number;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#began = clock();
  }

  /** Milliseconds since the run began. */
  readonly now = (): number => Math.round(this.#clock() - this.#began);

  /** The phase that was begun last. */
  get phase(): PhaseName {
    return (Object.keys(this.phases).at(-1) ?? 'prepare') as PhaseName;
  }

  begin(phase: PhaseName): void {
    this.phases[phase] = this.now();
    this.mark('phase', phase);
  }

  count(series: string, by = 1): void {
    const name = `own.${series}`;
    this.own[name] = (this.own[name] ?? 0) + by;
  }

  mark(what: Mark['what'], text: string): void {
    this.marks.push({ at: this.now(), what, text });
  }
}
