import type { z } from 'zod';
import type { Observations, Window } from '../run/observations.ts';

/** A figure of a run. Pure: the same observations give the same figure, while it runs, in the verdict and in a report made later. */
export interface Measure<P> {
  readonly name: string;
  /** For `souk chaos show` and the report. */
  readonly unit: '' | '%' | 'ms' | 's' | '/s' | 'MiB' | 'requests';
  /** The fields of an expectation beside that, measure and bounds. */
  readonly parameters: z.ZodType<P>;
  /** Undefined where nothing was seen of it: an expectation of it then fails, it never passes by silence. */
  readonly figure: (seen: Observations, window: Window, parameters: P) => number | undefined;
  /** Series that must be sampled for it. */
  readonly needs?: (parameters: P) => readonly SeriesRequest[];
}

/** What the sampler has to look at once a second beside what it always does. */
export type SeriesRequest =
  | {
      readonly from: 'metrics';
      readonly process: string;
      readonly metric: string;
      readonly labels?: Readonly<Record<string, string>>;
      readonly as: string;
    }
  | { readonly from: 'link'; readonly link: string };

/** A measure, whatever its parameters are: read with `parameters` first. */
export type AnyMeasure = Omit<Measure<never>, 'parameters'> & { readonly parameters: z.ZodType };
