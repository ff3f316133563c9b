import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Site } from '../target/site.ts';
import { evaluateSlos, readSlos } from '../measure/slo.ts';
import { renderIndex } from '../report/index-page.ts';
import { renderReport } from '../report/report.ts';
import { chaosFolder } from '../target/before.ts';
import { observationsOf, pastRun, pastRuns, type PastRun, REPORT } from './files.ts';
import type { Observations } from './observations.ts';
import type { Verdict } from './verdict.ts';

/** Writes the page of a run into its folder. @returns where it is */
export function writePage(folder: string, verdict: Verdict, observations: Observations): string {
  const { phases } = observations;
  const whole = { from: phases.baseline ?? 0, to: phases.check ?? Infinity };
  const budgets = evaluateSlos(readSlos(), observations, whole);
  const report = join(folder, REPORT);
  writeFileSync(report, renderReport({ verdict, observations, budgets }));
  return report;
}

/** The page of a run of before, made anew of what was seen. @throws CliError where there is no such run */
export function writeReport(site: Pick<Site, 'dir' | 'name'>, run?: string): PastRun & { readonly report: string } {
  const past = pastRun(site, run);
  return { ...past, report: writePage(past.folder, past.verdict, observationsOf(past)) };
}

/** Writes the list of all runs of a shop. @returns where it is */
export function writeIndex(site: Pick<Site, 'dir'>): string {
  const rows = pastRuns(site).map(({ folder, verdict }) => ({ verdict, href: `${basename(folder)}/${REPORT}` }));
  const index = join(chaosFolder(site), 'index.html');
  writeFileSync(index, renderIndex(rows));
  return index;
}
