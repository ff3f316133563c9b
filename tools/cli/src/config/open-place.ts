import { isOnCluster, openCluster } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { CliError } from '../errors.ts';
import { instanceExists, openInstance } from '../instance.ts';
import { soukCommand } from '../souk-command.ts';
import { clusterPlace } from './cluster-place.ts';
import { hostPlace } from './host-place.ts';
import type { Place } from './place.ts';

export interface PlaceOptions extends ClusterOptions {
  readonly instance: string;
}

/** Runs the work on the shop that the options name, and closes what it opened. */
export async function withPlace<T>(options: PlaceOptions, work: (place: Place) => Promise<T>): Promise<T> {
  const place = isOnCluster(options)
    ? clusterPlace(await openCluster(options))
    : hostPlace(knownInstance(options.instance));
  try {
    return await work(place);
  } finally {
    await place.close();
  }
}

function knownInstance(name: string) {
  const instance = openInstance(name);
  if (instanceExists(instance)) return instance;
  throw new CliError(`there is no instance '${name}'`, 'it was never started here', soukCommand(name, 'up'));
}
