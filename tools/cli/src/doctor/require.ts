import { CliError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { Progress } from '../output.ts';
import { soukCommand } from '../souk-command.ts';
import { examine } from './checks.ts';
import type { ClusterQuestion } from './cluster-checks.ts';
import { blocking, missingPackages } from './finding.ts';
import { canInstall, install, installCommand } from './install.ts';

/** The required checks before a start; installs what is missing if asked to and able to. */
export async function requireHealthyMachine(
  instance: Instance,
  options: { install: boolean; progress: Progress; cluster?: ClusterQuestion },
): Promise<void> {
  const { cluster } = options;
  const context = { instance, running: new Set<string>(), ...(cluster ? { cluster } : {}) };
  let failed = blocking(await examine(context, 'required'));
  const packages = missingPackages(failed);
  if (packages.length > 0 && options.install && canInstall()) {
    await options.progress.step(`installing ${packages.join(', ')}`, () => install(packages, instance.home));
    failed = blocking(await examine(context, 'required'));
  }
  if (failed.length === 0) return;
  const why = failed.map((one) => `${one.id}: ${one.detail}`).join('; ');
  const byHand = failed.filter((one) => !one.packages?.length).map((one) => one.fix);
  const byApt =
    packages.length === 0
      ? []
      : [
          canInstall()
            ? `${soukCommand(instance.name, 'up --yes')} installs what is missing`
            : installCommand(packages),
        ];
  throw new CliError('this machine is not ready', why, [...byApt, ...byHand].join('; '));
}
