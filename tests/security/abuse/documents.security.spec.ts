import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONTRACTS } from '../../contract/api-documents.ts';
import { type Door, openDoor } from '../support/door.ts';
import { IS_SHORT } from '../support/shop.ts';
import type { Tokens } from '../support/tokens.ts';
import { fetchSchemathesis, runSchemathesis } from './documents/schemathesis.ts';

const INSTALL_MS = 240_000;
const RUN_MS = IS_SHORT ? 120_000 : 900_000;
const EXAMPLES = IS_SHORT ? 3 : 60;
const PHASES = IS_SHORT ? 'examples,fuzzing' : 'examples,coverage,fuzzing';
const SEED = process.env.SOUK_SEED ?? '1';
const CHECKS = [
  'not_a_server_error',
  'response_schema_conformance',
  'status_code_conformance',
  'content_type_conformance',
].join();
/** By breakers an administrator shuts the shop; a stream has no end. */
const LEFT_OUT = '/breakers/|/stream$';

const CALLERS = [
  ['a customer', (tokens: Tokens) => tokens.user('schemathesis')],
  ['an administrator', (tokens: Tokens) => tokens.admin()],
] as const;

describe(`schemathesis, seed ${SEED}`, () => {
  let shop: Door;
  let packages: string;
  beforeAll(async () => {
    packages = await fetchSchemathesis();
    shop = await openDoor('shop');
  }, INSTALL_MS);
  afterAll(() => shop?.close());

  it.each(IS_SHORT ? CALLERS.slice(0, 1) : CALLERS)(
    'as %s finds no 5xx, and no answer that is not documented',
    async (who, token) => {
      const options = {
        '--url': shop.url,
        '--header': `Authorization: Bearer ${await token(shop.tokens)}`,
        '--checks': CHECKS,
        '--phases': PHASES,
        '--seed': SEED,
        '--max-examples': String(EXAMPLES),
        '--exclude-path-regex': LEFT_OUT,
        '--generation-database': 'none',
      };
      const args = ['run', join(CONTRACTS, 'openapi.json'), '--no-color', '--continue-on-failure'];
      args.push(...Object.entries(options).flat());
      const { code, stdout, stderr } = await runSchemathesis(packages, args, RUN_MS);
      process.stdout.write(`  schemathesis as ${who}: ${casesIn(stdout)}\n`);
      expect({ code, told: code === 0 ? '' : (stdout + stderr).slice(-20_000) }).toEqual({ code: 0, told: '' });
    },
    RUN_MS,
  );
});

/** `Test cases: 1234 generated …` of its summary. */
const casesIn = (output: string): string => /^.*\b\d+ generated\b.*$/m.exec(output)?.[0].trim() ?? 'no summary';
