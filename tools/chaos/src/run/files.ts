import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../../../cli/src/errors.ts';
import type { Instance } from '../../../cli/src/instance.ts';
import { soukCommand } from '../../../cli/src/souk-command.ts';
import { writeFileAtomically } from '../../../cli/src/system/files.ts';
import { chaosFolder } from '../target/before.ts';
import type { Experiment } from '../experiment/experiment.ts';
import type { Observations } from './observations.ts';
import type { Verdict } from './verdict.ts';

const VERDICT = 'verdict.json';
const OBSERVATIONS = 'observations.json';
export const HISTORY = 'history.jsonl';
export const REPORT = 'report.html';

/** A folder for what comes of a run, by time and name: `2026-11-21T18-20-05-kafka-down`. */
export function runFolder(instance: Pick<Instance, 'dir'>, { name, folder }: Experiment, startedAt: Date): string {
  const time = startedAt.toISOString().slice(0, 19).replaceAll(':', '-');
  const made = join(chaosFolder(instance), `${time}-${name}`);
  mkdirSync(made, { recursive: true });
  copyFileSync(join(folder, 'experiment.yaml'), join(made, 'experiment.yaml'));
  return made;
}

export function writeRun(folder: string, verdict: Verdict, observations: Observations): void {
  writeFileSync(join(folder, OBSERVATIONS), JSON.stringify(observations));
  // Last: a folder with a verdict is whole.
  writeFileAtomically(join(folder, VERDICT), `${JSON.stringify(verdict, null, 2)}\n`);
}

export interface PastRun {
  readonly folder: string;
  readonly verdict: Verdict;
}

/** Runs of an instance that came to a verdict, the oldest first. One whose verdict cannot be read is left out, with a word. */
export function pastRuns(instance: Pick<Instance, 'dir'>): PastRun[] {
  const root = chaosFolder(instance);
  return list(root).flatMap((name) => {
    const folder = join(root, name);
    if (!list(folder).includes(VERDICT)) return [];
    try {
      return [{ folder, verdict: JSON.parse(readFileSync(join(folder, VERDICT), 'utf8')) as Verdict }];
    } catch (error) {
      console.error(`${join(folder, VERDICT)} cannot be read, and its run is left out: ${(error as Error).message}`);
      return [];
    }
  });
}

/** @throws CliError where there is no run of this name; without a name the last one */
export function pastRun(instance: Pick<Instance, 'dir' | 'name'>, name?: string): PastRun {
  const runs = pastRuns(instance);
  const found = runs.findLast(
    ({ folder, verdict }) => name === undefined || verdict.experiment === name || folder.endsWith(name),
  );
  if (found !== undefined) return found;
  throw new CliError(
    name === undefined ? `'${instance.name}' has no run yet` : `'${instance.name}' has no run of ${name}`,
    `${chaosFolder(instance)} has ${runs.length} of others`,
    soukCommand(instance.name, name === undefined ? 'chaos run kafka-down' : 'chaos report'),
  );
}

export const observationsOf = ({ folder }: PastRun): Observations =>
  JSON.parse(readFileSync(join(folder, OBSERVATIONS), 'utf8')) as Observations;

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
