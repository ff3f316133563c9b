import type { Plan } from '../experiment/plan.ts';
import type { Settings } from '../run/settings.ts';
import type { Verdict } from '../run/verdict.ts';
import type { RunSetting } from '../target/target.ts';
import type { ProvenPattern } from './patterns.ts';
import { judge, type Proof, type Ran } from './proof.ts';

/** Runs an experiment to its verdict. `title` says which of the two runs it is. */
export type RunExperiment = (experiment: Plan, settings: Settings, title: string) => Promise<Verdict>;

/**
 * The same experiment with the pattern and without it. The processes that lose it are started anew for both, so that both begin
 * equally cold; the second run is left out where the first has not passed, because there is nothing to compare with.
 */
export async function prove(pattern: ProvenPattern, experiment: Plan, run: RunExperiment): Promise<Proof> {
  const on = await run(experiment, settingsOf(pattern.off.on, {}), `with ${pattern.name}, must pass`);
  if (on.verdict !== 'pass') return judge(pattern, on);
  const variants = { env: { SOUK_VARIANTS: pattern.off.variants.join() } };
  const off: Ran = await run(
    experiment,
    settingsOf(pattern.off.on, variants),
    `without ${pattern.name}, must fail`,
  ).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  return judge(pattern, on, off);
}

const settingsOf = (processes: readonly string[], setting: RunSetting): Settings =>
  Object.fromEntries(processes.map((name) => [name, setting]));
