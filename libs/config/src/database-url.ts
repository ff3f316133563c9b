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
