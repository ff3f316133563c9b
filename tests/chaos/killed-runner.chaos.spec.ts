import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { halt } from '../../tools/chaos/src/run/halt.ts';
import { leftBehind, stateOf } from '../../tools/chaos/src/run/left-behind.ts';
import type { PhaseName } from '../../tools/chaos/src/run/observations.ts';
import { hostSite } from '../../tools/chaos/src/target/host-site.ts';
import { HostTarget } from '../../tools/chaos/src/target/host.ts';
import { INSTANCE, ownEnv, souk } from '../crash/support/souk.ts';
import { drawn, isShort } from '../../tools/cli/src/testing/short-form.ts';

/** Most is in force in the hold, so that is where a runner is always killed. */
const PHASES: readonly PhaseName[] = [
  'hold',
  ...drawn<PhaseName>(['prepare', 'baseline', 'heal', 'quiesce', 'check', 'clean-up']),
];
/** Tests that the short form leaves out. */
const inFull = (...test: Parameters<typeof it>): void => {
  if (!isShort()) it(...test);
};
const RUN_MS = 120_000;
/** Far enough into a phase for its changes to be made, or on their way. */
const INTO_PHASE_MS = 300;

/** Settings of a process, a link in between, a process that is stopped and one that is frozen: all kinds of ways back. */
const TINY = `
title: A little of everything
breaks: recommendation is stopped and payment frozen
expects: nothing that matters
load: { perSecond: 4, mix: browse }
baseline: 1s
hold: 3s
afterwards: 1s
inject:
  - { fault: failpoint, with: { process: order, arm: 'relay.before-send=sleep:10' } }
  - { fault: network, with: { link: 'gateway->inventory', toxic: { type: latency, latency: 20 } } }
  - { fault: process-stop, with: { process: recommendation } }
  - { fault: process-pause, with: { process: payment } }
during:
  - { that: the load is there, measure: rate, visit: browse, atLeast: 0.1 }
`;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'souk-tiny-'));
  mkdirSync(join(root, 'tiny'));
  writeFileSync(join(root, 'tiny', 'experiment.yaml'), TINY);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A runner in a process of its own, with every line that it has written. */
function runner(): { child: ChildProcess; lines: string[]; says: (text: string) => Promise<void> } {
  const script = join(import.meta.dirname, 'support', 'run-tiny.ts');
  const child = spawn(process.execPath, [script, root, 'tiny', INSTANCE], {
    env: ownEnv(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const says = async (text: string): Promise<void> => {
    const end = performance.now() + RUN_MS;
    while (!lines.some((line) => line.startsWith(text))) {
      if (performance.now() > end || child.exitCode !== null)
        throw new Error(`never said "${text}": ${lines.join(', ')}`);
      await sleep(20);
    }
  };
  return { child, lines, says };
}

describe('an experiment leaves nothing behind', () => {
  const stateNow = () => {
    const { instance, context } = HostTarget.open(INSTANCE);
    return stateOf(instance, context.urls);
  };
  const allReady = async () => {
    const target = HostTarget.open(INSTANCE);
    await target.ready(target.names(), 60_000);
  };

  inFull(
    'when it comes to its end',
    async () => {
      const before = await stateNow();
      const { child, says, lines } = runner();
      await says('verdict ');
      await once(child, 'exit');
      expect(lines.at(-1)).toMatch(/^verdict pass/);
      expect(leftBehind(before, await stateNow())).toEqual([]);
    },
    RUN_MS,
  );

  it.each(PHASES)(
    'when its runner is killed in %s, and somebody halts',
    async (phase) => {
      await allReady();
      const before = await stateNow();
      const { child, says } = runner();
      await says(`phase ${phase}`);
      await sleep(INTO_PHASE_MS);
      child.kill('SIGKILL');
      await once(child, 'exit');
      // What is in force then is seen, or the look afterwards would say nothing.
      if (phase === 'hold') expect(leftBehind(before, await stateNow()).length).toBeGreaterThan(3);
      await halt(hostSite(INSTANCE));
      await allReady();
      expect(leftBehind(before, await stateNow())).toEqual([]);
      expect(await halt(hostSite(INSTANCE))).toEqual({ undone: [] });
    },
    RUN_MS,
  );

  inFull(
    'when its runner is killed, and the next one begins',
    async () => {
      await allReady();
      const before = await stateNow();
      const first = runner();
      await first.says('phase hold');
      await sleep(INTO_PHASE_MS);
      first.child.kill('SIGKILL');
      await once(first.child, 'exit');
      const second = runner();
      await second.says('verdict pass');
      await once(second.child, 'exit');
      expect(leftBehind(before, await stateNow())).toEqual([]);
    },
    RUN_MS,
  );

  inFull(
    'when it is halted while it goes on',
    async () => {
      await allReady();
      const before = await stateNow();
      const { child, says } = runner();
      await says('phase hold');
      await sleep(INTO_PHASE_MS);
      const halting = halt(hostSite(INSTANCE));
      await Promise.all([halting, once(child, 'exit')]);
      expect(await halting).toMatchObject({ stopped: child.pid });
      expect(leftBehind(before, await stateNow())).toEqual([]);
    },
    RUN_MS,
  );

  inFull(
    'and is the only one at a time',
    async () => {
      await allReady();
      const first = runner();
      await first.says('phase baseline');
      const { exitCode, output } = await souk('chaos', 'run', 'kafka-down');
      expect([exitCode, output]).toEqual([1, expect.stringContaining('an experiment runs on')]);
      await first.says('verdict pass');
    },
    RUN_MS,
  );
});
