import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readExperiment } from '../../../chaos/src/experiment/read.ts';
import { LiveView, screenOf } from '../../../chaos/src/live/view.ts';
import {
  choosePatterns,
  type ProvenPattern,
  readPatterns,
  requireDeciding,
} from '../../../chaos/src/prove/patterns.ts';
import type { Proof } from '../../../chaos/src/prove/proof.ts';
import { prove, type RunExperiment } from '../../../chaos/src/prove/prove.ts';
import { sideBySide } from '../../../chaos/src/prove/side-by-side.ts';
import { ProofFile } from '../../../chaos/src/prove/table.ts';
import { renderProof } from '../../../chaos/src/report/proof-page.ts';
import { commitNow } from '../../../chaos/src/run/circumstances.ts';
import { haltedBySignal } from '../../../chaos/src/run/halted.ts';
import { type PastExperiment, runExperiment } from '../../../chaos/src/run/run-experiment.ts';
import { alone } from '../../../chaos/src/run/lock.ts';
import { hostSite } from '../../../chaos/src/target/host-site.ts';
import { REPO_ROOT } from '../home.ts';
import { runToExit } from '../output.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import type { InstanceOptions } from './options.ts';

const TABLE = 'docs/patterns/PROOF.md';
const PAGE = 'proof.html';

interface ProveOptions extends InstanceOptions {
  readonly all: boolean;
  readonly again: boolean;
  readonly seed: number;
}

export function command(): Command {
  return instanceCommand()
    .argument('[pattern...]', 'which patterns, e.g. circuit-breaker')
    .option('--all', `every pattern of config/patterns.yaml, into ${TABLE}`, false)
    .option('--again', 'with --all: also those that this commit has proven already with this seed', false)
    .option('--seed <number>', 'repeats what visitors do and what faults choose', wholeNumber, 1)
    .addHelpText(
      'after',
      `
Runs the experiment of a pattern twice on the running shop: as it is, where it must pass, and with the pattern taken away, where it must fail.
  ./souk prove circuit-breaker             both verdicts side by side, and the figure that decides
  ./souk prove retry throttling            several; their rows of ${TABLE} are written anew
  ./souk prove --all                       all of them; one that was broken off goes on where it stood
A run without its pattern may leave orders and stock in the books that do not agree: that is what it shows. Later runs do not count them.`,
    )
    .action((names: string[], options: ProveOptions) => runToExit(options.json, () => proveAll(names, options)));
}

async function proveAll(names: readonly string[], options: ProveOptions): Promise<Record<string, unknown>> {
  const patterns = readPatterns();
  const wanted = options.all ? patterns : choosePatterns(patterns, names);
  const table = options.all || wanted.length > 1 ? new ProofFile(join(REPO_ROOT, TABLE), patterns) : undefined;
  const halted = haltedBySignal();
  const commit = commitNow();
  const proofs: Proof[] = [];
  // Also between the two runs of one: what is broken by somebody else meanwhile would look like the missing pattern.
  await alone(hostSite(options.instance), async () => {
    for (const pattern of wanted) {
      if (options.all && !options.again && table?.has(pattern, commit, options.seed)) {
        if (!options.json) console.log(`  ${pattern.name}: proven already by this commit, with seed ${options.seed}`);
        continue;
      }
      const proof = await proveOne(pattern, options, { halted, commit });
      if (halted.aborted) return;
      table?.write(proof);
      proofs.push(proof);
    }
  });
  const isFine = !halted.aborted && proofs.every(({ outcome }) => outcome === 'proven');
  return { status: isFine ? 'ok' : 'failed', proofs };
}

async function proveOne(
  pattern: ProvenPattern,
  options: ProveOptions,
  { halted, commit }: { halted: AbortSignal; commit: string },
): Promise<Proof> {
  const experiment = await readExperiment(pattern.experiment);
  requireDeciding(pattern, experiment);
  const { instance, json, seed } = options;
  const runs: PastExperiment[] = [];
  const out = json ? process.stderr : process.stdout;
  const run: RunExperiment = async (plan, settings, title) => {
    out.write(`  ${title}, seed ${seed}\n`);
    const view = new LiveView(plan, screenOf(out));
    const watch = view.start.bind(view);
    const site = hostSite(instance);
    const past = await runExperiment(plan, { site, seed, settings, commit, halted, watch }).finally(() => view.stop());
    runs.push(past);
    out.write(`  ${title}: ${past.verdict.verdict}\n`);
    return past.verdict;
  };
  if (!json)
    for (const line of ['', experiment.title, `${experiment.breaks}.`, experiment.expects, ''])
      console.log(`  ${line}`);
  const proof = await prove(pattern, experiment, run);
  const page = writePage(proof, runs);
  if (!json) for (const line of [...sideBySide(proof), '', `  ${page}`]) console.log(line);
  return proof;
}

/** Both runs on one page, beside what the last of them has left. */
function writePage(proof: Proof, [on, off]: readonly PastExperiment[]): string {
  if (on === undefined) throw new Error(`${proof.pattern} was not run`);
  const file = join((off ?? on).folder, PAGE);
  writeFileSync(file, renderProof(proof, on, off));
  return file;
}
