import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/**
 * For the moment an answer closes: whether all of it was given. A part of a batch has no connection that could break, and closes before
 * what stands for one has taken the last bytes. One that still waited for its turn has neither: nothing of it was given.
 */
export const isWhole = (answer: ServerResponse): boolean =>
  answer.writableFinished || (answer.writableEnded && answer.socket !== null && !(answer.socket instanceof Socket));
