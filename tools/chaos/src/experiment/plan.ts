import { z } from 'zod';
import { FAULTS, type FaultKind, type ReadyFault } from '../faults/faults.ts';
import { MEASURES } from '../measure/measures.ts';
import type { AnyMeasure } from '../measure/measure.ts';
import type { Hypothesis } from '../run/hypothesis.ts';
import { CHECKED } from '../run/checked.ts';
import type { CheckedIn } from '../run/verdict.ts';
import type { ExperimentCode } from './code.ts';
import { type Expectation, type Experiment, type Injection, PLACES } from './experiment.ts';

export interface ReadyInjection {
  readonly fault: ReadyFault;
  readonly after: number;
  readonly lasts?: number;
}

/** An experiment in which every name was found and every parameter was read: it can be run. */
export interface Plan extends Omit<Experiment, 'on'> {
  /** Where it can be run. */
  readonly on: (typeof PLACES)[number][];
  readonly code: ExperimentCode;
  readonly injections: readonly ReadyInjection[];
  readonly hypotheses: readonly Hypothesis[];
  /** Nothing is broken in it: what has to come of it is `fail`. */
  readonly isWithoutFault?: true;
}

/** What is wrong with a field of an experiment, and what would be right. */
export class Mistake extends Error {
  readonly field: string;
  readonly fix: string;

  constructor(field: string, why: string, fix: string) {
    super(why);
    this.field = field;
    this.fix = fix;
  }
}

const LISTS: readonly CheckedIn[] = ['before', 'during', 'after', 'abort'];

/** @throws Mistake for a name that does not exist, or parameters that do not fit */
export function planOf(experiment: Experiment, code: ExperimentCode, pages: readonly string[]): Plan {
  for (const [index, page] of experiment.patterns.entries()) {
    if (!pages.includes(page))
      throw new Mistake(`patterns.${index}`, `docs/patterns has no page ${page}`, nearest(page, pages));
  }
  for (const [index, id] of (experiment.invariants ?? []).entries()) {
    if (!CHECKED.includes(id)) throw new Mistake(`invariants.${index}`, `nothing checks ${id}`, nearest(id, CHECKED));
  }
  const injections = experiment.inject.map((one, index) => injectionOf(one, experiment, code, `inject.${index}`));
  const hypotheses = LISTS.flatMap((list) =>
    experiment[list].map((one, index) => hypothesisOf(one, list, code, `${list}.${index}`)),
  );
  const on = PLACES.filter((place) => injections.every(({ fault }) => fault.on.includes(place)));
  return { ...experiment, on: experiment.on ?? on, code, injections, hypotheses };
}

function injectionOf(
  { fault, with: given, after, lasts }: Injection,
  { hold, on = [] }: Experiment,
  code: ExperimentCode,
  field: string,
): ReadyInjection {
  const known: readonly FaultKind[] = [...FAULTS, ...(code.faults ?? [])];
  const kind = known.find((one) => one.kind === fault);
  if (kind === undefined) {
    const kinds = known.map((one) => one.kind);
    throw new Mistake(`${field}.fault`, `there is no fault ${fault}`, nearest(fault, kinds));
  }
  const cannot = on.find((target) => !kind.on.includes(target));
  if (cannot !== undefined) {
    throw new Mistake(`${field}.fault`, `${fault} is not for ${cannot}`, `take ${cannot} out of "on"`);
  }
  const end = after + (lasts ?? 0);
  if (after >= hold || end > hold) {
    throw new Mistake(
      `${field}.after`,
      `it ends after the hold of ${hold / 1_000} s`,
      'make it shorter, or the hold longer',
    );
  }
  const ready = parsed(`${field}.with`, () => kind.read(given));
  return { fault: ready, after, ...(lasts !== undefined && { lasts }) };
}

function hypothesisOf(expected: Expectation, phase: CheckedIn, code: ExperimentCode, field: string): Hypothesis {
  const { that, measure: name, atLeast, atMost, skip, ...given } = expected;
  const known: readonly AnyMeasure[] = [...MEASURES, ...(code.measures ?? [])];
  const measure = known.find((one) => one.name === name);
  if (measure === undefined) {
    const names = known.map((one) => one.name);
    throw new Mistake(`${field}.measure`, `there is no measure ${name}`, nearest(name, names));
  }
  const parameters = parsed(field, () => strict(measure.parameters).parse(given)) as never;
  const bound = { ...(atLeast !== undefined && { atLeast }), ...(atMost !== undefined && { atMost }) };
  return {
    phase,
    that,
    measure: name,
    unit: measure.unit,
    bound,
    skip,
    needs: measure.needs?.(parameters) ?? [],
    figure: (seen, window) => measure.figure(seen, window, parameters),
  };
}

/** A field that nobody reads is a mistake in writing. */
const strict = (schema: z.ZodType): z.ZodType => (schema instanceof z.ZodObject ? schema.strict() : schema);

function parsed<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof z.ZodError) throw mistakeOf(error, field);
    throw error;
  }
}

/** The first of its issues, with the field as people find it in the file. */
export function mistakeOf({ issues: [issue] }: z.ZodError, below?: string): Mistake {
  const path = [below, ...(issue?.path ?? [])].filter((part) => part !== undefined).join('.');
  return new Mistake(path, issue?.message ?? 'it is wrong', 'docs/chaos.md, Writing one, has the fields');
}

/** Names that begin alike, else all of them. */
function nearest(name: string, known: readonly string[]): string {
  const near = known.filter((one) => one.slice(0, 3) === name.slice(0, 3));
  return near.length > 0 ? `like it are ${near.join(', ')}` : `there are ${known.join(', ')}`;
}
