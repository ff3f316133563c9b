import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const manifest = z.object({ version: z.string() });

/** The version in the package.json above `<package>/dist/main.js`; 'unknown' where there is none. */
export function versionOf(script = ''): string {
  try {
    return manifest.parse(JSON.parse(readFileSync(join(dirname(script), '..', 'package.json'), 'utf8'))).version;
  } catch {
    return 'unknown';
  }
}
