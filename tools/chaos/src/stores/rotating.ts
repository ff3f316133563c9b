import { join } from 'node:path';
import type { Place } from '../../../cli/src/config/place.ts';
import { withLock } from '../../../cli/src/system/lock.ts';
import type { Target } from '../target/target.ts';

/**
 * One rotation at a time: `./souk rotate` has the same lock, and a way back waits for what is under way. In a cluster the Secrets
 * themselves refuse the second writer.
 */
export function rotating<T>({ kind, dir, place }: Target, work: (place: Place) => Promise<T>): Promise<T> {
  return kind === 'k8s' ? work(place) : withLock(join(dir, 'rotate.lock'), () => work(place));
}
