import { CliError } from '../../../cli/src/errors.ts';
import { soukCommand } from '../../../cli/src/souk-command.ts';
import type { Plan } from './plan.ts';

type Where = Plan['on'][number];

const CALLED: Readonly<Record<Where, string>> = { host: 'on this machine', k8s: 'on a cluster' };

export const canRun = (plan: Pick<Plan, 'on'>, on: Where): boolean => plan.on.includes(on);

/** Why an experiment cannot be run there, in a few words; undefined where it can. */
export function obstacleOf({ on: places, injections }: Plan, on: Where): string | undefined {
  if (places.includes(on)) return undefined;
  const faults = injections.filter(({ fault }) => !fault.on.includes(on)).map(({ fault }) => fault.kind);
  if (faults.length === 0) return `it is not meant to be run ${CALLED[on]}`;
  return `${[...new Set(faults)].join(' and ')} cannot be injected ${CALLED[on]}`;
}

/** Before anything is broken. @param shop for command lines @throws CliError for the first that cannot be run there */
export function requireThere(plans: readonly Plan[], on: Where, shop: string): void {
  for (const plan of plans) {
    const obstacle = obstacleOf(plan, on);
    if (obstacle === undefined) continue;
    const fix = `${soukCommand(shop, 'chaos list')} marks those that can be run there`;
    throw new CliError(`${plan.name} is not run ${CALLED[on]}`, obstacle, fix);
  }
}
