import { styleText } from 'node:util';
import { Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { openInstance } from '../instance.ts';
import { runToExit } from '../output.ts';
import { SERVICES } from '../shop-processes.ts';
import { gatherFailpoints, type ProcessFailpoints } from '../shop/failpoints.ts';
import { soukCommand } from '../souk-command.ts';
import { runCommand } from './chaos-run.ts';
import { siteCommand, siteOf } from './chaos-site.ts';
import type { SiteOptions } from './chaos-site.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

export function command(): Command {
  const program = new Command();
  for (const one of [listCommand(), showCommand(), runCommand(), haltCommand(), reportCommand()])
    program.addCommand(one.exitOverride());
  program.addCommand(failpointsCommand());
  return program;
}

function listCommand(): Command {
  return withClusterOptions(jsonCommand())
    .name('list')
    .description('the experiments of this checkout; with --on those that can be run there are marked')
    .action((options: ListOptions) => runToExit(options.json, () => listExperiments(options)));
}

type ListOptions = ClusterOptions & { readonly json: boolean };

async function listExperiments({ json, ...where }: ListOptions): Promise<Record<string, unknown>> {
  const { readExperiments } = await import('../../../chaos/src/experiment/read.ts');
  const { obstacleOf } = await import('../../../chaos/src/experiment/where.ts');
  const plans = await readExperiments();
  const experiments = plans.map(({ name, title, patterns, on, failure }) => ({
    name,
    title,
    patterns,
    on,
    ...(failure !== undefined && { failure }),
  }));
  const width = Math.max(...experiments.map(({ name }) => name.length));
  if (json) return { experiments };
  for (const plan of plans) {
    const { name, title } = plan;
    const obstacle = isOnCluster(where) ? obstacleOf(plan, 'k8s') : undefined;
    const mark = isOnCluster(where) ? `${obstacle === undefined ? '✔' : '–'} ` : '';
    console.log(`  ${mark}${name.padEnd(width)}  ${title}${obstacle === undefined ? '' : ` (${obstacle})`}`);
  }
  return { experiments };
}

function showCommand(): Command {
  return jsonCommand()
    .name('show')
    .description('what an experiment breaks, and what it expects in numbers')
    .argument('<experiment>')
    .action((name: string, { json }: { json: boolean }) =>
      runToExit(json, async () => {
        const { readExperiment } = await import('../../../chaos/src/experiment/read.ts');
        const { showLines } = await import('../../../chaos/src/live/show.ts');
        const plan = await readExperiment(name);
        if (!json) for (const line of showLines(plan)) console.log(line);
        const faults = plan.injections.map(({ fault, after, lasts }) => ({ says: fault.says, after, lasts }));
        const { code: _, injections: __, folder: ___, ...experiment } = plan;
        return { experiment: { ...experiment, faults } };
      }),
    );
}

function haltCommand(): Command {
  return siteCommand()
    .name('halt')
    .description('end a run and undo every fault, also after its runner has died')
    .action((options: SiteOptions) =>
      runToExit(options.json, async () => {
        const { halt } = await import('../../../chaos/src/run/halt.ts');
        const { stopped, undone } = await halt(await siteOf(options));
        if (!options.json) {
          if (stopped !== undefined) console.log(`  ✔ the run of process ${stopped} is over, and undone`);
          for (const what of undone) console.log(`  ✔ ${what}`);
          if (stopped === undefined && undone.length === 0) console.log('  nothing is broken');
        }
        return { stopped, undone };
      }),
    );
}

function reportCommand(): Command {
  return siteCommand()
    .name('report')
    .description('the page of a run, the last one unless an experiment or a folder is named')
    .argument('[run]')
    .action((run: string | undefined, options: SiteOptions) =>
      runToExit(options.json, async () => {
        const { writeIndex, writeReport } = await import('../../../chaos/src/run/report-again.ts');
        const site = await siteOf(options);
        const { report, verdict } = writeReport(site, run);
        const index = writeIndex(site);
        if (!options.json) console.log(`  ${verdict.verdict}  ${verdict.experiment}  ${report}\n  all runs  ${index}`);
        return { report, index, verdict };
      }),
    );
}

const jsonCommand = (): Command => new Command().option('--json', 'last line of the output is one JSON object', false);

function failpointsCommand(): Command {
  const failpoints = instanceCommand()
    .name('failpoints')
    .description('where the running processes can be made to die, fail or wait')
    .exitOverride()
    .addHelpText(
      'after',
      `
Points are inert, and not listed, unless a process was started with SOUK_FAILPOINTS:
  SOUK_FAILPOINTS=on ./souk restart order                                           enabled, nothing armed
  curl -X PUT localhost:9103/failpoints -d '{"spec":"relay.after-send=crash@3"}'    armed while it runs
docs/failpoints.md lists all of them.`,
    )
    .action((options: InstanceOptions) => runToExit(options.json, () => list(options)));
  return failpoints;
}

async function list({ instance, json }: InstanceOptions): Promise<Record<string, unknown>> {
  const { ports } = openInstance(instance);
  const processes = await gatherFailpoints(SERVICES.map((name) => [name, ports.management[name]]));
  if (!json) for (const line of render(processes, instance)) console.log(line);
  return { processes };
}

function render(processes: readonly ProcessFailpoints[], instance: string): string[] {
  const enabled = processes.filter(({ state }) => state === 'enabled');
  const away = processes.filter(({ state }) => state === 'away').map(({ process }) => process);
  const lines = enabled.flatMap(({ process, failpoints }) => [
    styleText('bold', process),
    ...failpoints.map(({ name, description, armed, hits, fired }) => {
      const what = armed === undefined ? '' : styleText('red', ` armed: ${armed}, fired ${fired} times`);
      return `  ${name.padEnd(30)} ${String(hits).padStart(7)} ${description}${what}`;
    }),
  ]);
  if (away.length > 0) lines.push(`not running: ${away.join(', ')}`);
  if (enabled.length > 0) return lines;
  return [
    ...lines,
    `no process has its failpoints enabled; SOUK_FAILPOINTS=on ${soukCommand(instance, 'restart order')} does that`,
  ];
}
