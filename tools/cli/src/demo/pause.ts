import { createInterface } from 'node:readline/promises';
import type { Pause } from './play.ts';

export const goOn: Pause = () => Promise.resolve(true);

/** Waits for Enter; the end of the input and Ctrl-C end the tour. */
export const waitForEnter: Pause = async (signal) => {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<false>((resolve) => terminal.once('close', () => resolve(false)));
  const interrupted = new Promise<false>((resolve) => terminal.once('SIGINT', () => resolve(false)));
  try {
    const entered = terminal.question('   Enter goes on, Ctrl-C ends the tour ', { signal }).then(
      () => true,
      () => false,
    );
    return await Promise.race([entered, closed, interrupted]);
  } finally {
    terminal.close();
  }
};
