import { isOnCluster, openCluster } from '../cluster/options.ts';
import type { ClusterOptions } from '../cluster/options.ts';
import { knownInstance } from '../known-instance.ts';
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
