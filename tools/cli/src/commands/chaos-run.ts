import { Option } from 'commander';
import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { runToExit } from '../output.ts';
import { siteCommand, siteOf } from './chaos-site.ts';
import type { SiteOptions } from './chaos-site.ts';
import { wholeNumber } from './options.ts';

interface RunOptions extends SiteOptions {
  readonly all: boolean;
  readonly seed?: number;
  readonly csv?: string;
  readonly withoutFault: boolean;
}

export function runCommand(): Command {
  return siteCommand()
    .name('run')
    .description('break the running shop as an experiment says, undo it, and judge what happened')
    .argument('[experiment...]', 'names of experiments: chaos list')
    .option('--all', 'every experiment, on a cluster those that can be run there', false)
    .option('--seed <n>', 'repeats what visitors do and what faults choose; else drawn, with --csv 1', wholeNumber)
    .option('--csv <file>', 'append a line a run; what is there already with this commit and seed is not run again')
    .addOption(
      new Option('--without-fault', 'break nothing: is the experiment able to fail? succeeds where each one does')
        .default(false)
        .conflicts('csv'),
    )
    .exitOverride()
    .addHelpText(
      'after',
      `
  ./souk up && ./souk chaos run kafka-down
  ./souk up --on kind && ./souk chaos run kafka-down --on kind
Ctrl-C undoes everything at once. Exit code 0 only where every experiment has passed.`,
    )
    .action((names: string[], options: RunOptions) => runToExit(options.json, () => runAll(names, options)));
}

async function runAll(names: readonly string[], options: RunOptions): Promise<Record<string, unknown>> {
  const { all, csv, json } = options;
  if (names.length === 0 && !all) throw nothingNamed();
  const { readExperiment, readExperiments } = await import('../../../chaos/src/experiment/read.ts');
  const { ResultsFile } = await import('../../../chaos/src/run/csv.ts');
  const { haltedBySignal } = await import('../../../chaos/src/run/halted.ts');
  const { alone } = await import('../../../chaos/src/run/lock.ts');
  const { commitNow } = await import('../../../chaos/src/run/circumstances.ts');
  // All of them are read before anything is broken.
  const site = await siteOf(options);
  const { on } = site;
  const { canRun, requireThere } = await import('../../../chaos/src/experiment/where.ts');
  const read = all
    ? (await readExperiments()).filter((plan) => canRun(plan, on))
    : await Promise.all(names.map((name) => readExperiment(name)));
  requireThere(read, on, site.name);
  const { isAsMeant, withoutFault } = await import('../../../chaos/src/experiment/without-fault.ts');
  const plans = options.withoutFault ? read.map(withoutFault) : read;
  const seed = options.seed ?? (csv === undefined ? Math.floor(Math.random() * 1_000_000) : 1);
  const results = csv === undefined ? undefined : new ResultsFile(csv);
  const halted = haltedBySignal();
  // Of what was loaded: somebody may check out something else while a long series goes on.
  const commit = commitNow();
  const runs: object[] = [];
  let isFine = true;
  // Also between two of them: who halts the series means all of it.
  await alone(site, async () => {
    for (const plan of plans) {
      if (halted.aborted) break;
      const known = results?.verdictOn({ commit, experiment: plan.name, on, seed });
      if (known !== undefined) {
        if (!json) console.log(`${plan.name}: ${known}, is in ${csv} already`);
        isFine &&= known === 'pass';
        continue;
      }
      const past = await runShown(plan, { site, seed, commit, halted, json });
      results?.add(past);
      isFine &&= isAsMeant(plan, past.verdict);
      runs.push({ ...past.verdict, folder: past.folder, report: past.report });
    }
  });
  return { runs, status: isFine && !halted.aborted ? 'ok' : 'failed' };
}

type Plan = import('../../../chaos/src/experiment/plan.ts').Plan;
type Site = import('../../../chaos/src/target/site.ts').Site;

interface Shown {
  readonly site: Site;
  readonly seed: number;
  readonly commit: string;
  readonly halted: AbortSignal;
  readonly json: boolean;
}

async function runShown(plan: Plan, options: Shown) {
  const { runExperiment } = await import('../../../chaos/src/run/run-experiment.ts');
  const { LiveView, screenOf } = await import('../../../chaos/src/live/view.ts');
  const { noticedLines, verdictLines } = await import('../../../chaos/src/live/verdict-lines.ts');
  const out = options.json ? process.stderr : process.stdout;
  out.write(`${plan.name}: ${plan.breaks}, seed ${options.seed}\n`);
  const view = new LiveView(plan, screenOf(out));
  const watch = view.start.bind(view);
  const past = await runExperiment(plan, { ...options, watch }).finally(() => view.stop());
  const lines = [
    ...verdictLines(past.verdict, past.report),
    ...(plan.isWithoutFault ? noticedLines(past.verdict) : []),
  ];
  out.write(`${lines.join('\n')}\n`);
  return past;
}

const nothingNamed = (): CliError =>
  new CliError('which experiment?', 'none was named', './souk chaos list shows them; --all runs every one');
