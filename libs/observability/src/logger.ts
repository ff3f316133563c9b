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
    onChild: (child) => rememberChild(logger, child),
    redact: { paths: SECRETS.flatMap(everywhere), censor: '[redacted]' },
    mixin: () => {
      const context = currentContext();
      return context === undefined ? {} : { traceId: context.traceId, correlationId: context.correlationId };
    },
  };
  const logger: Logger = destination === undefined ? pino(options) : pino(options, destination);
  return logger;
}

const children = new WeakMap<Logger, WeakRef<Logger>[]>();

function rememberChild(root: Logger, child: Logger): void {
  const alive = (children.get(root) ?? []).filter((ref) => ref.deref() !== undefined);
  children.set(root, [...alive, new WeakRef(child)]);
}

/** Sets the level of a logger of createLogger and of everything that was made from it: pino's children keep the level of their birth. */
export function setLogLevel(root: Logger, level: string): void {
  for (const logger of [root, ...(children.get(root) ?? []).map((ref) => ref.deref())]) {
    if (logger !== undefined) logger.level = level;
  }
}

const everywhere = (key: string): string[] => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`];
