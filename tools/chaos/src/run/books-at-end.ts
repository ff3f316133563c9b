import type { Comparison } from '../../../cli/src/shop/audit/checks.ts';
import { leftAtRest, looksUntilSettled } from '../../../cli/src/shop/audit/settled.ts';
import type { Instruments } from './runner.ts';

const SETTLES_AT_LEAST_MS = 1_000;

/**
 * Sends the visitors away, and compares all books until they agree or the time is over.
 * @param leftMs how much of the time is left
 * @param pause between two looks
 */
export async function booksAtEnd(
  instruments: Pick<Instruments, 'load' | 'check'>,
  leftMs: () => number,
  pause: () => Promise<void>,
): Promise<Comparison[]> {
  await instruments.load.stop();
  const { openKeys } = await instruments.load.settle(Math.max(SETTLES_AT_LEAST_MS, leftMs()));
  const again = async (): Promise<boolean> => {
    if (leftMs() <= 0) return false;
    await pause();
    return true;
  };
  const looks = await looksUntilSettled(() => instruments.check(), again);
  const unanswered = openKeys.map((key) => `nobody can tell what became of key ${key}`);
  return [{ ...ANSWERED, differences: unanswered }, ...leftAtRest(looks)];
}

/** What stands in their place where nobody could read them. */
export const unreadable = (why: string): Comparison => ({ ...READABLE, differences: [why] });

const ANSWERED = { id: 'answers', what: 'every order was answered in the end', compared: 'all keys' };
const READABLE = { id: 'books', what: 'the books can be read', compared: 'all' };
