import { styleText } from 'node:util';
import type { Command } from 'commander';
import { isOnCluster, withClusterOptions } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { examine } from '../doctor/checks.ts';
import type { DoctorContext } from '../doctor/checks.ts';
import { blocking, missingPackages } from '../doctor/finding.ts';
import type { Finding } from '../doctor/finding.ts';
import { canInstall, install, installCommand } from '../doctor/install.ts';
import { instanceExists, openInstance } from '../instance.ts';
import { Progress, runToExit } from '../output.ts';
import { PORT_BASE_RULE } from '../port-base.ts';
import { ask } from '../supervisor/launch.ts';
import { instanceCommand, wholeNumber } from './options.ts';
import type { InstanceOptions } from './options.ts';

interface DoctorOptions extends InstanceOptions, ClusterOptions {
  readonly fix: boolean;
  readonly portBase?: number;
}

export function command(): Command {
  return withClusterOptions(instanceCommand())
    .option('--fix', 'install what is missing with apt, as root; elsewhere print the command', false)
    .option('--port-base <n>', `look at the ports that up --port-base n would use; ${PORT_BASE_RULE}`, wholeNumber)
    .action((options: DoctorOptions) => runToExit(options.json, () => doctor(options)));
}

async function doctor(options: DoctorOptions): Promise<Record<string, unknown>> {
  const instance = openInstance(options.instance, options.portBase);
  const answer = instanceExists(instance) ? await ask(instance, { op: 'status' }) : undefined;
  // The processes that run hold the ports they were started with, not those of another base.
  const samePorts = openInstance(instance.name).ports.offset === instance.ports.offset;
  const running = new Set(samePorts ? answer?.processes.map((one) => one.name) : []);
  const cluster = isOnCluster(options) ? { cluster: options } : {};
  const context: DoctorContext = { instance, running, ...cluster };
  let findings = await examine(context);
  const packages = missingPackages(findings);
  if (options.fix && packages.length > 0 && canInstall()) {
    await new Progress().step(`installing ${packages.join(', ')}`, () => install(packages, instance.home));
    findings = await examine(context);
  }
  for (const finding of findings) console.log(render(finding));
  const still = missingPackages(findings);
  if (still.length > 0) console.log(`\n  To install: ${canInstall() ? './souk doctor --fix' : installCommand(still)}`);
  return { status: blocking(findings).length > 0 ? 'failed' : 'ok', checks: findings };
}

function render({ id, weight, ok, detail, fix }: Finding): string {
  const mark = ok
    ? styleText('green', '✔')
    : weight === 'required'
      ? styleText('red', '✖')
      : styleText('yellow', weight === 'advised' ? '!' : '–');
  return `  ${mark} ${id.padEnd(18)} ${detail}${ok ? '' : `\n      ${weight}; fix: ${fix}`}`;
}
