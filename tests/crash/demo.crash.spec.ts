import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../../tools/cli/src/home.ts';
import { INSTANCE, ownEnv, processes, purge, souk } from './support/souk.ts';

const CHAPTERS = [
  'browse',
  'sign-in',
  'order',
  'declined',
  'out-of-stock',
  'cancel',
  'suggestions',
  'read-side',
  'kill',
  'audit',
];

type Played = Record<string, unknown> & { id: string };

/** Takes the tour and sends it Ctrl-C as soon as this is on the screen. */
async function interruptedAt(text: string): Promise<{ exitCode: number | null; output: string }> {
  const child = spawn(join(REPO_ROOT, 'souk'), ['demo', '--yes', '--instance', INSTANCE], { env: ownEnv() });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const before = output.includes(text);
    output += chunk.toString();
    if (!before && output.includes(text)) child.kill('SIGINT');
  });
  const exitCode = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { exitCode, output };
}

const notReady = async (): Promise<string[]> =>
  (await processes()).filter(({ health }) => health !== 'ready').map(({ name }) => name);

describe('the guided tour', () => {
  beforeAll(purge, 120_000);
  afterAll(purge, 120_000);

  it('starts the shop, shows everything, and leaves it well', async () => {
    const { exitCode, result, output } = await souk('demo', '--yes');
    expect([exitCode, output]).toEqual([0, expect.stringContaining('Where to go next')]);
    const chapters = result['chapters'] as Played[];
    expect(chapters.map(({ id }) => id)).toEqual(CHAPTERS);
    const facts = Object.fromEntries(chapters.map((chapter) => [chapter.id, chapter]));
    expect(facts).toMatchObject({
      'sign-in': { refused: 'authentication-required' },
      declined: { rejection: 'payment-declined' },
      'out-of-stock': { rejection: 'out-of-stock' },
      cancel: { orderStatus: 'refunded' },
      suggestions: { count: expect.any(Number) },
      'read-side': { batch: [200, 200, 200] },
      kill: { killed: 'inventory' },
    });
    expect(await notReady()).toEqual([]);
    expect((await processes()).find(({ name }) => name === 'inventory')?.restarts).toBeGreaterThanOrEqual(1);
  }, 400_000);

  it('may be taken again, and ended with Ctrl-C: what it killed comes back first', async () => {
    const { exitCode, output } = await interruptedAt('is gone;');
    expect([exitCode, output]).toEqual([130, expect.stringContaining('inventory is ready again')]);
    expect(output).not.toContain('Do the books agree?');
    expect(await notReady()).toEqual([]);
  }, 200_000);
});
