import { problemOf } from './problem.js';

/** Variant `errors-tell-all`: whoever looks for a fault is glad of every line, the caller's included. */
export const problemWithStack: typeof problemOf = (error, request, translate) => {
  const answer = problemOf(error, request, translate);
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { ...answer, problem: { ...answer.problem, detail } };
};
