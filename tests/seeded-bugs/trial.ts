import { setTimeout as sleep } from 'node:timers/promises';
import type { Variant } from '@souk/config';
import type { ServiceName } from '../../tools/cli/src/ports.ts';
import { agree, type Comparison, persisting } from '../../tools/cli/src/shop/audit/checks.ts';
import type { Lab, Setting } from './lab.ts';
import type { Round } from './round.ts';

/** Where the bug would show: load and the fault that it needs. The same is done to the shop without the bug. */
export interface Provocation {
  readonly name: string;
  /** Those whose processes are started anew for a bug, with its variant. */
  readonly services: readonly ServiceName[];
  /** Armed in these services before anything happens. */
  readonly failpoints?: string;
  readonly units?: number;
  readonly run: (lab: Lab, round: Round, setting: Setting) => Promise<void>;
}

export interface SeededBug {
  readonly variant: Variant;
  readonly provocation: Provocation;
  /** Checks of which at least one must find it. */
  readonly caughtBy: readonly string[];
}

/** What a trial has shown. `afterMs` counts from the begin of the provocation. */
export interface Finding {
  readonly violations: readonly Comparison[];
  readonly afterMs: number;
  /** From the last fault healed until everything agreed; of a bug: how long it was given. */
  readonly settledMs: number;
}

const LOOK_EVERY_MS = 500;
const HEALS_WITHIN_MS = 60_000;
const SHORTEST_WAIT_MS = 4_000;
/** Its processes are new and cold, those of the control were not: what is only late must not be taken for what never comes. */
const LATE_MS = 15_000;

/**
 * The shop as it is, before any bug is tried: everything must agree again. `violations` are what still differs after a minute.
 * Its services run on: to start them anew as they are would cost ten seconds and show nothing.
 */
export async function control(lab: Lab, provocation: Provocation): Promise<Finding> {
  const { services, failpoints } = provocation;
  if (failpoints !== undefined) for (const name of services) await lab.arm(name, failpoints);
  const { round, began } = await provoke(lab, provocation, settingOf(provocation));
  const healed = performance.now();
  let violations = await round.check();
  while (!agree(violations) && performance.now() - healed < HEALS_WITHIN_MS) {
    await sleep(LOOK_EVERY_MS);
    violations = await round.check();
  }
  round.close();
  return finding(violations, began, healed);
}

/** The shop with the bug, given half as long again as the sound one needed, and the looks after it. */
export async function trial(lab: Lab, { variant, provocation, caughtBy }: SeededBug, sound: Finding): Promise<Finding> {
  const setting = { ...settingOf(provocation), variants: variant };
  await lab.restart(provocation.services, setting);
  const { round, began } = await provoke(lab, provocation, setting);
  const healed = performance.now();
  const shortest = caughtBy.every((check) => check === 'I4') ? LATE_MS : SHORTEST_WAIT_MS;
  await sleep(Math.max(shortest, 1.5 * sound.settledMs));
  let violations = await round.check();
  for (let look = 0; look < 2; look++) {
    await sleep(LOOK_EVERY_MS);
    violations = persisting(violations, await round.check());
  }
  round.close();
  return finding(violations, began, healed);
}

const settingOf = ({ failpoints }: Provocation): Setting => (failpoints === undefined ? {} : { failpoints });

async function provoke(lab: Lab, { units, run }: Provocation, setting: Setting) {
  const round = await lab.round(units);
  const began = performance.now();
  try {
    await run(lab, round, setting);
    await round.readAll();
  } finally {
    await lab.heal();
  }
  return { round, began };
}

const finding = (comparisons: readonly Comparison[], began: number, healed: number): Finding => ({
  violations: comparisons.filter(({ differences }) => differences.length > 0),
  afterMs: Math.round(performance.now() - began),
  settledMs: Math.round(performance.now() - healed),
});
