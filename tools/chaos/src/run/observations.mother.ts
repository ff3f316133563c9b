import type { Answer, Observations } from './observations.ts';

/** A run of 20 s: baseline from 1 s, hold from 6 s, heal at 12 s, quiesce at 13 s, check at 18 s. */
export const PHASES = { prepare: 0, baseline: 1_000, hold: 6_000, heal: 12_000, quiesce: 13_000, check: 18_000 };

export const anAnswer = (at: number, status = 200, visit: Answer['visit'] = 'order'): Answer => ({
  at,
  tookMs: 10,
  visit,
  status,
});

export const seen = (part: Partial<Observations> = {}): Observations => ({
  answers: [],
  samples: [],
  marks: [],
  phases: PHASES,
  orders: [],
  ...part,
});
