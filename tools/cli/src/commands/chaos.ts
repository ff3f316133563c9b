import { styleText } from 'node:util';
import { Command } from 'commander';
import { openInstance } from '../instance.ts';
import { runToExit } from '../output.ts';
import { SERVICES } from '../shop-processes.ts';
import { gatherFailpoints, type ProcessFailpoints } from '../shop/failpoints.ts';
import { soukCommand } from '../souk-command.ts';
import { instanceCommand } from './options.ts';
import type { InstanceOptions } from './options.ts';

export function command(): Command {
  const program = new Command();
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
  program.addCommand(failpoints);
  return program;
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
