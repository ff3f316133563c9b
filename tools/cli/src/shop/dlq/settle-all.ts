import type { Action, DeadLetterClient, Settled, SettledAll, Wish } from './dead-letters.ts';
import { isSettled } from './render.ts';

/** Of at most 500 letters a service each. */
const MOST_ROUNDS = 200;

/** Settles every letter of `wish`, one list after the other while there are more than one list holds. */
export async function settleAll(
  client: Pick<DeadLetterClient, 'list' | 'settle'>,
  action: Action,
  wish: Wish,
  tell: (result: Settled) => void,
): Promise<SettledAll> {
  const results: Settled[] = [];
  const seen = new Set<string>();
  for (let round = 1; ; round++) {
    const { items, total, missing } = await client.list(wish);
    const fresh = items.filter(({ service, id }) => !seen.has(`${service}/${id}`));
    // One after the other: what one releases may be what the next waits for.
    for (const letter of fresh) {
      seen.add(`${letter.service}/${letter.id}`);
      const result = await client.settle(letter, action);
      results.push(result);
      tell(result);
    }
    const left = Math.max(0, total - items.length);
    if (left === 0 || fresh.length === 0 || round === MOST_ROUNDS) return { results, missing, left };
  }
}

export const isAllSettled = ({ results, missing, left }: SettledAll): boolean =>
  missing.length === 0 && left === 0 && results.every(isSettled);
