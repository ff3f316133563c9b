import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { REPO_ROOT, soukHome } from '../home.ts';
import { childEnv } from './java.ts';
import { classPath, ensureToolchain } from './toolchain.ts';

/** Repeats a failed run: SOUK_SEED=… in the environment. */
const seed = Number(process.env.SOUK_SEED ?? process.env.SEED ?? Date.now() % 2 ** 31);
const CHECK = join(REPO_ROOT, 'tools/cli/infra/mongo/checks/KeyOrder.java');
const PAIRS = 4_000;

describe(`keys of unique indexes in the embedded MongoDB-wire server (random seed ${seed})`, () => {
  it('have the order of older files, and can be read from them', async () => {
    const toolchain = await ensureToolchain(soukHome(), () => undefined);
    const args = ['-cp', classPath(toolchain, 'mongo'), CHECK, String(seed), String(PAIRS)];
    const { stdout } = await promisify(execFile)(toolchain.java, args, { env: childEnv() }).catch(
      ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ stdout: `${stdout}${stderr}` }),
    );
    const [, equal, inOrder] = /^(\d+) equal, (\d+) in order\n$/.exec(stdout) ?? [stdout];
    expect({ stdout, pairs: Number(equal) + Number(inOrder) }).toEqual({ stdout, pairs: PAIRS });
    expect(Number(equal)).toBeGreaterThan(PAIRS / 20);
  }, 180_000); // the servers may have to be fetched first
});
