// Reads a JSON list of { source, flags } and writes what recheck says of each. A program of its own, run where recheck was unpacked.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

process.env.RECHECK_BACKEND = 'pure';
const { checkSync } = createRequire(join(process.argv[2] ?? '', 'index.js'))('recheck');
const LIMIT_MS = 10_000;

const regexes = JSON.parse(await text(process.stdin));
const results = regexes.map(({ source, flags }) => {
  const { status, complexity, attack } = checkSync(source, flags.replace('v', 'u'), { timeout: LIMIT_MS });
  return { status, complexity: complexity?.type, pumps: attack?.pumps, suffix: attack?.suffix };
});
process.stdout.write(JSON.stringify(results));
