import type { Json } from './definition.js';

/** One part of one step: where its action stands and, once compensation has begun, where its undo stands. */
export interface PartState {
  readonly forward: 'asked' | 'done' | 'refused' | 'lost' | 'replaced';
  readonly undo?: 'asked' | 'done';
}

export interface StepState {
  readonly startedAt: number;
  readonly attempts: number;
  /** When `expire` must look at this step again; null while nothing is awaited or an agent is in charge. */
  readonly due: number | null;
  readonly parts: Readonly<Record<string, PartState>>;
  readonly reason?: string;
}

/** Plain JSON. `steps` holds only steps that were started. Times are milliseconds since the epoch. */
export interface SagaState<D> {
  readonly saga: string;
  readonly version: number;
  readonly phase: 'forward' | 'compensating' | 'succeeded' | 'failed';
  readonly reason?: string;
  readonly data: D;
  readonly results: Readonly<Record<string, Json>>;
  readonly steps: Readonly<Record<string, StepState>>;
}

export const isFinished = (state: SagaState<unknown>): boolean =>
  state.phase === 'succeeded' || state.phase === 'failed';

/** The earliest moment at which `expire` has something to do, or null. */
export function dueAt(state: SagaState<unknown>): number | null {
  const dues = Object.values(state.steps).flatMap((step) => (step.due === null ? [] : [step.due]));
  return dues.length > 0 ? Math.min(...dues) : null;
}

export const partsWhere = (step: StepState, test: (part: PartState) => boolean): string[] =>
  Object.entries(step.parts).flatMap(([name, part]) => (test(part) ? [name] : []));

/** What each step has got so far, by step name. */
export const doneParts = (state: SagaState<unknown>): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(state.steps).map(([name, step]) => [name, partsWhere(step, ({ forward }) => forward === 'done')]),
  );

export const isAsked = (part: PartState): boolean => part.forward === 'asked' && part.undo === undefined;
export const isUndoAsked = (part: PartState): boolean => part.undo === 'asked';
export const mayHaveEffect = (part: PartState): boolean => part.forward === 'asked' || part.forward === 'done';
