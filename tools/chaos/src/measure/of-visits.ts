import { z } from 'zod';
import { percentile } from '../../../../bench/percentile.ts';
import { seconds } from '../experiment/experiment.ts';
import type { Answer } from '../run/observations.ts';
import { answersOf, isServed, percent, visits, wasSent, type OfVisits } from './answers.ts';
import type { Measure } from './measure.ts';

const one = z.strictObject(visits.shape);
const SHED = [429, 503];
/** So long it must have stayed well before that counts as well again. */
const CALM_MS = 2_000;

const successParameters = z.strictObject({
  ...visits.shape,
  within: seconds.optional().describe('who waited longer was not served'),
});

/** Of all visits, those that were served (answers.ts says what that is). What was not even sent counts as not served. */
export const success: Measure<z.output<typeof successParameters>> = {
  name: 'success',
  unit: '%',
  parameters: successParameters,
  figure: ({ answers }, window, { visit, within = Infinity }) =>
    percent(answersOf(answers, window, visit), (answer) => isServed(answer) && answer.tookMs <= within),
};

const refusedParameters = z.strictObject({
  ...visits.shape,
  status: z.int().optional(),
  code: z.string().optional(),
});

/** Of all visits, those that the shop sent away to protect itself: 429 and 503, or what is named. */
export const refused: Measure<z.output<typeof refusedParameters>> = {
  name: 'refused',
  unit: '%',
  parameters: refusedParameters,
  figure: ({ answers }, window, { visit, status, code }) => {
    const isMeant = (answer: Answer): boolean =>
      (code === undefined || answer.code === code) &&
      (status === undefined ? code !== undefined || SHED.includes(answer.status) : answer.status === status);
    return percent(answersOf(answers, window, visit), isMeant);
  },
};

const partialParameters = z.strictObject({ part: z.string().optional().describe('one part; any without it') });

/** Of the pages that were served, those that came without a part. */
export const partial: Measure<z.output<typeof partialParameters>> = {
  name: 'partial',
  unit: '%',
  parameters: partialParameters,
  figure: ({ answers }, window, { part }) => {
    const pages = answersOf(answers, window, ['page']).filter(isServed);
    return percent(pages, ({ missing = [] }) => (part === undefined ? missing.length > 0 : missing.includes(part)));
  },
};

/** How long visitors waited for whatever they got in the end, a giving up included. */
const waited = (name: 'p50' | 'p95' | 'p99', rank: number): Measure<OfVisits> => ({
  name,
  unit: 'ms',
  parameters: one,
  figure: ({ answers }, window, { visit }) => {
    const sent = answersOf(answers, window, visit).filter(wasSent);
    return sent.length === 0
      ? undefined
      : percentile(
          sent.map(({ tookMs }) => tookMs),
          rank,
        );
  },
});
export const p50 = waited('p50', 50);
export const p95 = waited('p95', 95);
export const p99 = waited('p99', 99);

/** Visits a second that were served. */
export const rate: Measure<OfVisits> = {
  name: 'rate',
  unit: '/s',
  parameters: one,
  figure: ({ answers }, window, { visit }) => {
    const found = answersOf(answers, window, visit);
    const seconds = (window.to - window.from) / 1_000;
    return found.length === 0 || seconds <= 0 ? undefined : found.filter(isServed).length / seconds;
  },
};

/** From the beginning of the window until the first visit was served; after a fault from the heal on, which waits for who was gone. */
export const firstSuccess: Measure<OfVisits> = {
  name: 'first-success',
  unit: 's',
  parameters: one,
  figure: ({ answers, phases: { heal = Infinity } }, window, { visit }) => {
    const from = Math.min(window.from, heal);
    const ends = answersOf(answers, { ...window, from }, visit)
      .filter(isServed)
      .map(({ at, tookMs }) => at + tookMs);
    return ends.length === 0 ? undefined : (Math.min(...ends) - from) / 1_000;
  },
};

const recoveryParameters = z.strictObject({
  ...visits.shape,
  success: z.number().min(0).max(100).default(99).describe('percent of each second that must be served'),
});

/**
 * From the heal until whoever came was served: up to the last visit that was not, in the last second that was not good enough.
 * Undefined where it never got there, or nobody came to see it.
 */
export const recovery: Measure<z.output<typeof recoveryParameters>> = {
  name: 'recovery',
  unit: 's',
  parameters: recoveryParameters,
  figure: ({ answers, phases }, { from, to }, { visit, success: wanted }) => {
    const healed = phases.heal ?? from;
    const found = answersOf(answers, { from: healed, to }, visit);
    const seconds = Map.groupBy(found, ({ at }) => Math.floor((at - healed) / 1_000));
    const bad = [...seconds.values()].filter((second) => (percent(second, isServed) ?? 0) < wanted).flat();
    const failed = bad.filter((answer) => !isServed(answer)).map(({ at }) => at);
    const wellFrom = Math.max(healed, ...failed);
    const after = found.filter(({ at }) => at > wellFrom);
    const hasStayed = after.some(({ at }) => at >= wellFrom + CALM_MS);
    return hasStayed ? (wellFrom - healed) / 1_000 : undefined;
  },
};
