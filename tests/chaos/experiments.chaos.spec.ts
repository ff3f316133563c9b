import { describe, expect, it } from '@jest/globals';
import { experimentNames } from '../../tools/chaos/src/experiment/read.ts';
import { readPatterns } from '../../tools/chaos/src/prove/patterns.ts';
import { souk } from '../crash/support/souk.ts';
import { chosen } from './choice.ts';

const RUN_MS = 240_000;
const SEED = process.env.SOUK_SEED ?? '1';

const { experiments, proofs } = chosen({
  experiments: experimentNames(),
  proofs: readPatterns().map(({ name }) => name),
});

/** Jest tells of a file when it is over, which here is after minutes. */
const progress = (line: string): boolean => process.stdout.write(`  ${line}\n`);

/** The last lines are what people would look at. */
const told = (output: string): string => output.split('\n').slice(-40).join('\n');

describe('experiments on the shop', () => {
  for (const name of experiments)
    it(
      `${name} passes`,
      async () => {
        const { exitCode, output } = await souk('chaos', 'run', name, '--seed', SEED);
        progress(`${name}: ${exitCode === 0 ? 'passed' : 'FAILED'}`);
        if (exitCode !== 0) throw new Error(told(output));
      },
      RUN_MS,
    );
});

describe('proofs of patterns', () => {
  for (const name of proofs)
    it(
      `${name} passes with it and fails without it`,
      async () => {
        const { exitCode, output, result } = await souk('prove', name, '--seed', SEED);
        progress(`prove ${name}: ${exitCode === 0 ? 'proven' : 'NOT PROVEN'}`);
        if (exitCode !== 0) throw new Error(told(output));
        expect(result['proofs']).toEqual([expect.objectContaining({ pattern: name, outcome: 'proven' })]);
      },
      2 * RUN_MS,
    );
});
