import { z } from 'zod';
import type { Answer, Visit, Window } from '../run/observations.ts';

/** Of an answer that never was: the load had too many visits under way to begin one more. */
export const DROPPED = 'dropped';
/** Of one for which nobody gave its visitor a token: it never got to the shop. */
export const NO_TOKEN = 'no-token';

/** Answers by which the shop says how things stand: too late to cancel, a basket that somebody else changed. */
const BUSINESS = [409, 422];
/** Where such an answer is one. Who orders what is there, at its price, is told nothing of that kind. */
const TOLD: readonly Visit[] = ['cart', 'cancel', 'return'];

/**
 * Whether a visitor got what they came for. The load asks only for what is there and what it may, so everything else is a fault
 * of the shop or of what it protects itself with: no answer, 5xx, 429, but 401 and 404, too.
 */
export const isServed = ({ status, visit }: Pick<Answer, 'status' | 'visit'>): boolean =>
  (status >= 200 && status < 400) || (TOLD.includes(visit) && BUSINESS.includes(status));

export const wasSent = ({ code }: Pick<Answer, 'code'>): boolean => code !== DROPPED && code !== NO_TOKEN;

export const visit = z.enum(['browse', 'page', 'cart', 'order', 'cancel', 'return', 'read']);

/** Classes of visits that a figure is about; all of them where none is named. */
export const visits = z.object({
  visit: z
    .union([visit.transform((one) => [one]), z.array(visit).min(1)])
    .optional()
    .describe('classes of visits; all without it'),
});
export type OfVisits = z.output<typeof visits>;

/** The answers of these classes to what was asked within the window. */
export function answersOf(answers: readonly Answer[], { from, to }: Window, wanted?: readonly Visit[]): Answer[] {
  return answers.filter(
    (answer) => answer.at >= from && answer.at < to && (wanted === undefined || wanted.includes(answer.visit)),
  );
}

/** Percentage of those for which `holds`; undefined of none. */
export function percent<T>(all: readonly T[], holds: (one: T) => boolean): number | undefined {
  return all.length === 0 ? undefined : (100 * all.filter(holds).length) / all.length;
}
