import { z } from 'zod';

/** What a shop that is broken may run on: this machine, or a cluster. */
export const PLACES = ['host', 'k8s'] as const;

export const seconds = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s)$/, 'a time such as 500ms or 20s')
  .transform((text) => (text.endsWith('ms') ? Number(text.slice(0, -2)) : Number(text.slice(0, -1)) * 1_000));

/**
 * One thing that must be so: a figure of the run, and its bound. `that` is the hypothesis in the words of people; `measure` names
 * an entry of measure/measures.ts (or of the experiment's own code), all other fields are its parameters.
 */
export const expectation = z
  .looseObject({
    that: z.string().min(8),
    measure: z.string(),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
    /** What is left out at the beginning of its phase. */
    skip: seconds.default(0),
  })
  .refine(({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined, 'needs atLeast or atMost');
export type Expectation = z.infer<typeof expectation>;

/** One fault: the only key is its kind (faults/faults.ts), the value its parameters. `after` and `lasts` are inside the hold. */
export const injection = z.strictObject({
  fault: z.string(),
  with: z.record(z.string(), z.unknown()).default({}),
  /** From the beginning of the hold. */
  after: seconds.default(0),
  /** Until it is undone; without it until the end of the hold. */
  lasts: seconds.optional(),
});
export type Injection = z.infer<typeof injection>;

export const load = z.strictObject({
  /** Arrivals a second, whatever the answers do (open model). */
  perSecond: z.number().positive().max(500),
  mix: z.enum(['shop', 'browse', 'pages', 'orders']).default('shop'),
});
export type Load = z.infer<typeof load>;

/** experiment.yaml of a folder below chaos/. */
export const experiment = z.strictObject({
  title: z.string().max(80),
  /** What is broken, in one sentence that goes on "…". */
  breaks: z.string(),
  /** What a user of the shop should notice of it, in one sentence. */
  expects: z.string(),
  /** Row of docs/failures.md. */
  failure: z.number().int().min(1).max(70).optional(),
  /** Pages of docs/patterns that it is about. */
  patterns: z.array(z.string()).default([]),
  /** Where it makes sense; without it wherever all of its faults can be injected. */
  on: z.array(z.enum(PLACES)).min(1).optional(),
  load: load.default({ perSecond: 12, mix: 'shop' }),
  baseline: seconds.default(8_000),
  hold: seconds.default(20_000),
  /** From the moment at which all is undone until everything must be as before. */
  heals: seconds.default(60_000),
  /** How long the load goes on after the heal. */
  afterwards: seconds.default(8_000),
  inject: z.array(injection).min(1),
  /** Where none is named: nobody can tell what a fault did to a shop that served nobody before. */
  before: z.array(expectation).prefault([{ that: 'whoever comes is served', measure: 'success', atLeast: 95 }]),
  during: z.array(expectation).default([]),
  after: z.array(expectation).default([]),
  /** Ends the run at once, and undoes it: more than it should ever cost. Looked at every second over the last five. */
  abort: z.array(expectation).default([]),
  /** Of docs/chaos.md; without it all of them. */
  invariants: z.array(z.string().regex(/^I\d+$/)).optional(),
});
export type ExperimentFile = z.infer<typeof experiment>;

export interface Experiment extends ExperimentFile {
  /** Name of its folder. */
  readonly name: string;
  readonly folder: string;
}
