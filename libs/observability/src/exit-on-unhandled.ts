import type { Logger } from './logger.js';

/** An error that nobody caught leaves a process in a state that nobody knows: it ends, and is started anew. */
export function exitOnUnhandled(logger: Pick<Logger, 'fatal'>): void {
  const die = (error: unknown): never => {
    logger.fatal({ err: error }, 'unhandled error, exiting');
    process.exit(1);
  };
  process.on('unhandledRejection', die);
  process.on('uncaughtException', die);
}
