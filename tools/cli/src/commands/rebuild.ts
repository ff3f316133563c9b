import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, type Command } from 'commander';
import { clusterRef, isOnCluster, shopOptions, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { knownInstance } from '../known-instance.ts';
import { Progress, runToExit } from '../output.ts';
import { rebuild, type RebuildStatus } from '../shop/rebuild.ts';
import { soukCommand } from '../souk-command.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

const VIEWS = ['order-query'] as const;
type Options = InstanceOptions & ClusterOptions;

export function command(): Command {
  return withClusterOptions(instanceCommand())
    .addArgument(new Argument('<service>', 'whose views are built anew from their source').choices(VIEWS))
    .addHelpText(
      'after',
      '\nThe old views answer until the new ones are complete (docs/read-side.md). One that is under way is followed to its end.',
    )
    .action((service: (typeof VIEWS)[number], options: Options) =>
      runToExit(options.json, async () => {
        const { rebuildId, done, skipped = 0, startedAt, finishedAt } = await follow(service, options);
        const elapsedMs = Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '');
        return { service, rebuildId, orders: done, skipped, elapsedMs };
      }),
    );
}

async function follow(service: (typeof VIEWS)[number], options: Options): Promise<RebuildStatus> {
  const shop = isOnCluster(options) ? shopOptions(clusterRef(options)) : options.instance;
  const logsCommand = soukCommand(shop, `logs ${service}`);
  const run = (url: string): Promise<RebuildStatus> =>
    // With --json people's lines go nowhere: the last line is the object.
    options.json
      ? rebuild({ url, sleep, logsCommand, onProgress: () => undefined })
      : new Progress().step(`rebuild ${service}`, async ({ doing, result }) => {
          const end = await rebuild({ url, sleep, logsCommand, onProgress: changes(doing) });
          result(
            `${end.done} orders${end.skipped === undefined ? '' : `, ${end.skipped} that cannot be folded left out`}`,
          );
          return end;
        });
  if (isOnCluster(options)) return (await import('../cluster/use.ts')).withManagementPort(service, options, run);
  const { ports } = knownInstance(options.instance);
  return run(`http://127.0.0.1:${ports.management[service]}`);
}

/** A line for each tenth, so that a log of a long rebuild stays short. */
function changes(say: (text: string) => void): (status: RebuildStatus) => void {
  let last = -1;
  return ({ done, total }) => {
    const tenth = total === 0 ? 0 : Math.floor((done * 10) / total);
    if (tenth === last) return;
    last = tenth;
    say(`${done} of ${total} orders`);
  };
}
