import { pino } from 'pino';
import { currentContext } from './request-context.js';

export type Logger = pino.Logger;

export interface LoggerOptions {
  readonly name: string;
  readonly level: string;
  /** Where the lines go; standard output unless a test wants to read them. */
  readonly destination?: { write(line: string): void };
}

const SECRETS = ['authorization', 'cookie', 'set-cookie', 'token', 'password'];

/** JSON lines with trace and correlation id; secrets are masked down to the third level. */
export function createLogger({ name, level, destination }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    name,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS.flatMap(everywhere), censor: '[redacted]' },
    mixin: () => {
      const context = currentContext();
      return context === undefined ? {} : { traceId: context.traceId, correlationId: context.correlationId };
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

const everywhere = (key: string): string[] => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`];
