import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryLevel } from './memory-level.js';
import { SharedLevel } from './shared-level.js';
import type { Change, Seen, SharedStats } from './shared-level.js';
import { aReplica, type Card, CardStore, changeOf } from './test/cache.mother.js';

type Turn = () => Promise<void>;

/** A server that is far away: questions, answers and messages all take as long as the scheduler likes. */
class DistantLevel extends SharedLevel {
  constructor(
    private readonly server: MemoryLevel,
    private readonly turn: Turn,
  ) {
    super();
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    await this.turn();
    const answer = await call();
    await this.turn();
    return answer;
  }

  known = (limitMs: number): Promise<void> => this.#ask(() => this.server.known(limitMs));
  read = (key: string, tag: string): Promise<Seen | undefined> => this.#ask(() => this.server.read(key, tag));
  write = (key: string, text: string, ttlMs: number): Promise<void> =>
    this.#ask(() => this.server.write(key, text, ttlMs));
  remove = (key: string): Promise<void> => this.#ask(() => this.server.remove(key));
  raise = (change: Change): Promise<boolean> => this.#ask(() => this.server.raise(change));
  onRaised = (listener: (tags: readonly string[]) => void): void =>
    this.server.onRaised((tags) => void this.turn().then(() => listener(tags)));
  stats = (): SharedStats => this.server.stats();
  close = (): Promise<void> => this.server.close();
}

/** The same for the store. */
class DistantStore extends CardStore {
  constructor(private readonly turn: Turn) {
    super();
  }

  override async find(id: string): Promise<Card | undefined> {
    await this.turn();
    const found = await super.find(id);
    await this.turn();
    return found;
  }

  override async titles(): Promise<string[]> {
    await this.turn();
    const found = await super.titles();
    await this.turn();
    return found;
  }
}

/** A level that forgot what was changed: entries always count. */
class FloorlessLevel extends MemoryLevel {
  override async read(key: string, tag: string): Promise<Seen | undefined> {
    const seen = await super.read(key, tag);
    return seen && { ...seen, floor: 0 };
  }
}

interface Step {
  readonly act: 'put' | 'card' | 'titles';
  readonly by: 0 | 1;
}
const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom('put', 'card', 'titles'),
  by: fc.constantFrom(0, 1),
});

interface World {
  readonly server?: () => MemoryLevel;
  readonly copiesFirst?: boolean;
}

/** Two replicas do all steps at the same time. When all is quiet nobody may know anything but the newest. */
const newestWins = ({ server = () => new MemoryLevel(), copiesFirst = false }: World = {}) =>
  fc.asyncProperty(fc.scheduler(), fc.array(step, { minLength: 3, maxLength: 12 }), async (scheduler, steps) => {
    const turn: Turn = () => scheduler.schedule(Promise.resolve());
    const store = new DistantStore(turn);
    store.put('a', 'a 1');
    const inner = server();
    const replicas = [0, 1].map(() => aReplica(store, new DistantLevel(inner, turn)));
    const written = [1, 1];

    const play = async ({ act, by }: Step): Promise<void> => {
      const replica = replicas[by];
      if (replica === undefined) return;
      await turn();
      if (act === 'put') {
        const version = (store.rows.get('a')?.version ?? 0) + 1;
        const change = changeOf('a', { title: '', version });
        if (copiesFirst) await replica.cache.changed(change);
        const card = store.put('a', `a ${version}`);
        if (!copiesFirst) await replica.cache.changed(changeOf('a', card));
        written[by] = Math.max(written[by] ?? 0, card.version);
        return;
      }
      // Whoever got an answer to his write from this replica sees it here.
      const least = written[by] ?? 0;
      const seen = act === 'card' ? (await replica.card('a'))?.version : versionIn(await replica.titles());
      expect(seen).toBeGreaterThanOrEqual(least);
    };

    const all = Promise.all(steps.map(play));
    await scheduler.waitFor(all);
    await scheduler.waitIdle();
    const newest = store.rows.get('a');
    for (const replica of [...replicas, aReplica(store, new DistantLevel(inner, turn))]) {
      expect(await scheduler.waitFor(replica.card('a'))).toEqual(newest);
      expect(await scheduler.waitFor(replica.titles())).toEqual([newest?.title]);
    }
  });

const versionIn = (titles: readonly string[] | undefined): number => Number(titles?.[0]?.split(' ')[1]);

describe('reads and writes of two replicas in any order', () => {
  const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 2 ** 31);
  const check = async (world?: World) => {
    const { failed, counterexample, errorInstance } = await fc.check(newestWins(world), { seed, numRuns: 500 });
    return { failed, example: `seed ${seed}: ${fc.stringify(counterexample)}, ${String(errorInstance)}` };
  };

  it('CCH-2 CCH-12 end with nothing old in any copy', async () =>
    expect(await check()).toEqual({ failed: false, example: `seed ${seed}: null, null` }));

  it('CCH-2 leave old copies when copies go first', async () =>
    expect(await check({ copiesFirst: true })).toMatchObject({ failed: true }));

  it('CCH-12 leave old copies when nobody remembers what changed', async () =>
    expect(await check({ server: () => new FloorlessLevel() })).toMatchObject({ failed: true }));
});
