import { z } from 'zod';
import { ConfigError } from './load-config.js';
import { type Watched, WatchedFile } from './watched-file.js';

/** A PostgreSQL database: as a URL, or as a file with one that is followed, so that its password can change under a running process. */
export const databaseEnv = {
  DATABASE_URL: z
    .url()
    .optional()
    .describe('the database, e.g. postgres://order_app:secret@127.0.0.1:19432/souk_order'),
  DATABASE_URL_FILE: z
    .string()
    .optional()
    .describe('a file that holds the URL of the database, instead of DATABASE_URL'),
};

/** How many connections a service takes at most, in its two pools; @souk/service-kit says what for. */
export const databasePoolEnv = (sizes: { readonly requests: number; readonly background: number }) => ({
  DATABASE_POOL_REQUESTS: places(1, sizes.requests).describe('the connections for requests, e.g. 4'),
  // One each for good: the relay and a LISTEN. The rest are what consumers, timers and the relay's repairs take turns at.
  DATABASE_POOL_BACKGROUND: places(3, sizes.background).describe('the connections for background work, e.g. 6'),
});
const places = (least: number, usual: number) => z.coerce.number().int().min(least).max(100).default(usual);

export type DatabaseEnv = Readonly<z.infer<z.ZodObject<typeof databaseEnv>>>;

/** @throws ConfigError when neither is set, or the file holds no URL; a file wins over a URL */
export function databaseUrl({ DATABASE_URL, DATABASE_URL_FILE: file }: DatabaseEnv): string | Watched<string> {
  if (file !== undefined) return urlFile(file);
  if (DATABASE_URL !== undefined) return DATABASE_URL;
  const message = `is missing; set it to ${databaseEnv.DATABASE_URL.description}, or set DATABASE_URL_FILE`;
  throw new ConfigError([{ variable: 'DATABASE_URL', message }]);
}

function urlFile(file: string): Watched<string> {
  try {
    return new WatchedFile({ name: 'database', file, parse: parseUrl });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError([{ variable: 'DATABASE_URL_FILE', message }]);
  }
}

function parseUrl(text: string): string {
  const url = text.trim();
  // Not the parser's message: it may quote the password.
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
    throw new Error('the file does not hold a PostgreSQL URL');
  return url;
}
