import type { ResilienceEvent } from './resilient.js';

/** A pino logger has this shape. */
export interface LogPort {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * For `onEvent`: a change of a circuit is a warning, a retry and a failed call are information. Only the former has a stack: to write
 * those of every call takes a millisecond each, in the moment when there is none to spare.
 */
export const logEvents =
  (logger: LogPort) =>
  (event: ResilienceEvent): void => {
    const { name: policy } = event;
    if (event.type === 'circuit') {
      const { from, to, reason, cause: err } = event.change;
      return logger.warn({ policy, from, to, reason, err }, `the circuit is ${to}`);
    }
    const error = event.error instanceof Error ? event.error.message : String(event.error);
    if (event.type === 'failed') return logger.info({ policy, error }, 'a call failed');
    const { attempt, delayMs, fault } = event;
    logger.info({ policy, attempt, delayMs: Math.round(delayMs), fault: fault.kind, error }, 'a call is tried again');
  };
