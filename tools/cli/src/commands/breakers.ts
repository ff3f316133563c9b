import { Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { runToExit } from '../output.ts';
import type { AdministeredShop } from '../shop/admin-api.ts';
import { BreakerClient } from '../shop/breakers/breakers.ts';
import type { Action } from '../shop/breakers/breakers.ts';
import { renderBreaker, renderList, reserveOf } from '../shop/breakers/render.ts';
import { shopContext } from '../shop/context.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

type Options = InstanceOptions & ClusterOptions;
type Answer = Promise<Record<string, unknown>>;

export function command(): Command {
  const program = new Command().addHelpText(
    'after',
    `
Circuits of the gateway and of the ambassador (docs/patterns/circuit-breaker.md). Each replica judges for itself: these are of the one that answers.
  ./souk breakers list                    how each stands, what failed last
  ./souk breakers open recommendation     hold it open: nobody calls it any more
  ./souk breakers close payment           hold it closed, whatever comes back
  ./souk breakers reset recommendation    let it go, with nothing counted`,
  );
  program.addCommand(
    subcommand('list', 'how each circuit stands').action((options: Options) =>
      run(options, async (client) => {
        const found = await client.list();
        if (!options.json) for (const line of renderList(found)) console.log(line);
        return { breakers: found.items, missing: found.missing, reserve: reserveOf(found.items) };
      }),
    ),
  );
  program.addCommand(acting('open', 'force-open', 'hold a circuit open: nobody calls the other side any more'));
  program.addCommand(acting('close', 'force-closed', 'hold a circuit closed, whatever comes back'));
  program.addCommand(acting('reset', 'reset', 'let a circuit go, with nothing counted'));
  return program;
}

function subcommand(name: string, summary: string): Command {
  return withClusterOptions(instanceCommand()).name(name).description(summary).exitOverride();
}

function acting(name: string, action: Action, summary: string): Command {
  return subcommand(name, summary)
    .argument('<name>', 'of the breaker, e.g. recommendation')
    .action((breaker: string, options: Options) =>
      run(options, async (client) => {
        const after = await client.act(breaker, action);
        if (!options.json) for (const line of renderBreaker(after)) console.log(line);
        return { breaker: after };
      }),
    );
}

function run(options: Options, work: (client: BreakerClient) => Answer): Promise<void> {
  return runToExit(options.json, async () => {
    const use = (shop: AdministeredShop): Answer => work(new BreakerClient(shop));
    if (!isOnCluster(options)) return use(shopContext(options.instance));
    return (await import('../cluster/use.ts')).withClusterShop(options, use);
  });
}
