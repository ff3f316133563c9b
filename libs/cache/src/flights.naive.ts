import { Flights } from './flights.js';
import type { IsCurrent } from './flights.js';

/** Variant `cache-no-single-flight`: whoever misses loads, so all who miss together load together. */
export class EveryoneFlies extends Flights {
  join<T>(_key: string, _tag: string, work: (isCurrent: IsCurrent) => Promise<T>): Promise<T> {
    return work(() => true);
  }

  ground(): void {
    // Nobody keeps a list.
  }

  joined(): number {
    return 0;
  }
}
