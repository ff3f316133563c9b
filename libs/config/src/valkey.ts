import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './load-config.js';

/** Valkey, or a Redis in its place. Who reads this works without one, too. */
export const valkeyEnv = {
  VALKEY_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('Valkey, e.g. redis://127.0.0.1:19379; unset means that counters and caches are per process'),
  VALKEY_PASSWORD_FILE: z.string().optional().describe('the file with its password, where VALKEY_URL holds none'),
};
export type ValkeyEnv = Readonly<z.infer<z.ZodObject<typeof valkeyEnv>>>;

/** The URL with its password; undefined where none is given. @throws ConfigError when the file with the password cannot be read */
export function valkeyUrl({ VALKEY_URL, VALKEY_PASSWORD_FILE: file }: ValkeyEnv): string | undefined {
  if (VALKEY_URL === undefined || file === undefined) return VALKEY_URL;
  const url = new URL(VALKEY_URL);
  url.password = encodeURIComponent(passwordIn(file));
  return url.href;
}

function passwordIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError([{ variable: 'VALKEY_PASSWORD_FILE', message }]);
  }
}
