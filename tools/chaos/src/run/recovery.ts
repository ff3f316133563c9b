import { answersOf, isServed } from '../measure/answers.ts';
import type { Answer, Observations, Visit } from './observations.ts';

const VISITS: readonly Visit[] = ['browse', 'page', 'cart', 'order', 'cancel', 'return', 'read'];
/** A class is steady again from the moment on after which so many of its visits are served. */
const STEADY = 0.99;

/**
 * Seconds from the beginning of the heal, for each class of visits that was not always served while the fault lasted: `order, first`
 * until the first that was served, `order, steady` until from then on 99 % were. What did not come back has no entry. Pure.
 */
export function recoverySeconds({ answers, phases }: Pick<Observations, 'answers' | 'phases'>): Record<string, number> {
  const { hold, heal, check = Infinity } = phases;
  if (hold === undefined || heal === undefined) return {};
  return Object.fromEntries(
    VISITS.flatMap((visit) => {
      const during = answersOf(answers, { from: hold, to: heal }, [visit]);
      if (during.every(isServed)) return [];
      const since = answersOf(answers, { from: heal, to: check }, [visit]).toSorted((a, b) => a.at - b.at);
      return [
        ...entry(`${visit}, first`, since.find(isServed), heal),
        ...entry(`${visit}, steady`, steady(since), heal),
      ];
    }),
  );
}

/** The first one, itself served, from which on nearly all are. */
function steady(answers: readonly Answer[]): Answer | undefined {
  let served = 0;
  let found: Answer | undefined;
  for (const [index, answer] of answers.toReversed().entries()) {
    if (!isServed(answer)) continue;
    served += 1;
    if (served / (index + 1) >= STEADY) found = answer;
  }
  return found;
}

const entry = (name: string, answer: Answer | undefined, heal: number): [string, number][] =>
  answer === undefined ? [] : [[name, Math.max(0, Math.round(answer.at + answer.tookMs - heal)) / 1_000]];
