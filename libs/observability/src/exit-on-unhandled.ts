import type { Logger } from './logger.js';

/**
 * An error that nobody caught leaves a process in a state that nobody knows: it ends, and is started anew. One that has an `exitCode`
 * knows what is to be said (a wrong configuration: 78, EX_CONFIG of sysexits.h, which no new start mends), and its message says it all.
 */
export function exitOnUnhandled(logger: Pick<Logger, 'fatal'>): void {
  const die = (error: unknown): never => {
    const code = exitCodeOf(error);
    if (code === undefined) logger.fatal({ err: error }, 'unhandled error, exiting');
    else logger.fatal({ exitCode: code }, (error as Error).message);
    process.exit(code ?? 1);
  };
  process.on('unhandledRejection', die);
  process.on('uncaughtException', die);
}

const exitCodeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number' ? error.exitCode : undefined;
