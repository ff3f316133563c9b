import type { Answer, Observations, Sample } from '../run/observations.ts';

/** A run in which nothing was seen, aside from what is given. */
export const seen = (given: Partial<Observations> = {}): Observations => ({
  answers: [],
  samples: [],
  marks: [],
  phases: {},
  orders: [],
  ...given,
});

/** An order that was taken after 20 ms, aside from what is given. */
export const answer = (at: number, given: Partial<Answer> = {}): Answer => ({
  at,
  tookMs: 20,
  visit: 'order',
  status: 202,
  ...given,
});

/** A series sampled once a second; `undefined` is a second in which nobody answered. */
export const sampled = (series: string, ...values: (number | undefined)[]): Sample[] =>
  values.map((value, second) => ({ at: second * 1_000, series: value === undefined ? {} : { [series]: value } }));
