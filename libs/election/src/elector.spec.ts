import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Elector, type ElectorParts } from './elector.js';
import { Fence, type Leadership, Lease } from './lease.js';
import type { Term } from './term.js';

const TTL = 6_000;
const POLL = TTL / 3;

/** One lease and one fence in memory, under the fake clock. */
class Store {
  holder = '';
  epoch = 0;
  expiresAt = -Infinity;
  fence = 0;
  away = false;
  /** Calls end by their own time limit, unanswered. */
  hangs = false;
  refusedWrites = 0;

  lease(holder: string): Lease {
    return new MemoryLease(this, holder);
  }

  async answer(): Promise<void> {
    if (this.hangs) await new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), TTL));
    if (this.away) throw new Error('the store is away');
  }

  /** A write of a leader: true when it counted. */
  write({ epoch }: Leadership): boolean {
    if (epoch === this.fence) return true;
    this.refusedWrites += 1;
    return false;
  }
}

class MemoryLease extends Lease {
  readonly ttlMs = TTL;
  constructor(
    private readonly store: Store,
    private readonly holder: string,
  ) {
    super();
  }

  async acquire(above: number): Promise<Leadership | undefined> {
    await this.store.answer();
    if (performance.now() < this.store.expiresAt) return undefined;
    const epoch = Math.max(this.store.epoch, above) + 1;
    Object.assign(this.store, { holder: this.holder, epoch, expiresAt: performance.now() + TTL });
    return { epoch };
  }

  async renew({ epoch }: Leadership): Promise<boolean> {
    await this.store.answer();
    if (this.store.epoch !== epoch || performance.now() > this.store.expiresAt) return false;
    this.store.expiresAt = performance.now() + TTL;
    return true;
  }

  async release({ epoch }: Leadership): Promise<void> {
    await this.store.answer();
    if (this.store.epoch === epoch) this.store.expiresAt = -Infinity;
  }
}

class MemoryFence extends Fence {
  constructor(private readonly store: Store) {
    super();
  }

  async raise({ epoch }: Leadership) {
    await this.store.answer();
    const accepted = epoch > this.store.fence;
    if (accepted) this.store.fence = epoch;
    return { accepted, newest: this.store.fence };
  }
}

const untilEnd = (term: Term): Promise<void> =>
  new Promise((resolve) => term.signal.addEventListener('abort', () => resolve()));

/** Works on and on, as a supervisor does. */
async function diligent(term: Term): Promise<void> {
  const timer = setInterval(() => term.progress(), 500);
  await untilEnd(term);
  clearInterval(timer);
}

describe('an elector', () => {
  let store: Store;
  let leads: string[];
  let said: string[];
  let electors: Elector[];
  beforeEach(() => {
    jest.useFakeTimers();
    [store, leads, said, electors] = [new Store(), [], [], []];
  });
  afterEach(async () => {
    Object.assign(store, { away: false, hangs: false });
    const stopped = Promise.all(electors.map((elector) => elector.stop()));
    await jest.advanceTimersByTimeAsync(TTL);
    await stopped;
    jest.useRealTimers();
  });

  function join(name: string, task = diligent, parts: Partial<ElectorParts> = {}): Elector {
    const elector = new Elector({
      lease: store.lease(name),
      fence: new MemoryFence(store),
      task: async (term) => {
        leads.push(name);
        await task(term).finally(() => leads.splice(leads.indexOf(name), 1));
      },
      logger: { info: (_, text) => void said.push(text), warn: (_, text) => void said.push(text) },
      ...parts,
    });
    electors.push(elector);
    elector.start();
    return elector;
  }
  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

  it('LDR-1: one of three leads, and goes on leading in the same term', async () => {
    ['a', 'b', 'c'].forEach((name) => join(name));
    await pass(10 * TTL);
    expect(leads).toHaveLength(1);
    expect(store.epoch).toBe(1);
    expect(electors.filter(({ term }) => term)).toHaveLength(1);
  });

  it('LDR-6: who cannot raise the fence gives the lease back, so that somebody else may try', async () => {
    const fence = new (class extends Fence {
      async raise(): Promise<never> {
        throw new Error('the database is away');
      }
    })();
    join('a', diligent, { fence });
    await pass(1);
    join('b');
    await pass(TTL / 3 + 1);
    expect(leads).toEqual(['b']);
    expect(said.filter((text) => text.includes('store of the lease'))).toEqual([]);
    expect(said).toContain('the fence could not be raised, the lease is given back');
  });

  it('LDR-4: who stops ends his task first, and the next one leads without waiting for a TTL', async () => {
    const first = join('a');
    await pass(1);
    join('b');
    await pass(1);
    const stopped = first.stop();
    await pass(1);
    await stopped;
    expect(leads).toEqual([]);
    await pass(POLL);
    expect(leads).toEqual(['b']);
  });

  it('LDR-5: a term ends at its own deadline when renewals fail, before anybody else can have the lease', async () => {
    join('a');
    await pass(1);
    const term = electors[0]?.term;
    store.away = true;
    await pass(TTL - 100);
    expect([leads, electors[0]?.term]).toEqual([['a'], term]);
    await pass(100);
    expect([leads, electors[0]?.term]).toEqual([[], undefined]);
  });

  it('LDR-5: a renewal that hangs does not keep the task alive', async () => {
    join('a');
    await pass(1);
    store.hangs = true;
    await pass(TTL);
    expect(leads).toEqual([]);
  });

  it('LDR-6: while the store is away nobody leads and it is said once; afterwards somebody does, by himself', async () => {
    store.away = true;
    const elector = join('a');
    await pass(5 * TTL);
    expect([leads, elector.reachable]).toEqual([[], false]);
    expect(said).toEqual(['the store of the lease does not answer: nobody leads for long']);
    store.away = false;
    await pass(POLL);
    expect([leads, elector.reachable]).toEqual([['a'], true]);
    expect(said).toContain('the store of the lease answers again');
  });

  it('LDR-3: a dead leader is replaced within TTL and a third', async () => {
    await store.lease('dead').acquire(0);
    join('b');
    await pass(TTL + POLL + 1);
    expect(leads).toEqual(['b']);
  });

  it('LDR-7: a task that shows no progress loses the lease although it is renewed, and its late writes are refused', async () => {
    const wake = Promise.withResolvers<void>();
    let late: boolean | undefined;
    let stalls = 0;
    join('stuck', async (term) => {
      stalls += 1;
      await wake.promise;
      late = store.write(term);
    });
    await pass(1);
    join('b');
    await pass(2 * TTL + 3 * POLL + TTL);
    expect(leads).toEqual(['stuck', 'b']);
    expect(stalls).toBe(1);
    wake.resolve();
    await pass(1);
    expect([late, store.refusedWrites]).toEqual([false, 1]);
    expect(leads).toEqual(['b']);
  });

  it('LDR-2: a leader that was stopped for two TTLs knows at once that it leads no more', async () => {
    let ours: boolean | undefined;
    const thawed = Promise.withResolvers<void>();
    join('frozen', async (term) => {
      await thawed.promise;
      ours = term.isOurs;
      await untilEnd(term);
    });
    await pass(1);
    // No timer has run, as after SIGSTOP and SIGCONT: only the clock has gone on.
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now + 2 * TTL);
    thawed.resolve();
    await Promise.resolve();
    await Promise.resolve();
    expect(ours).toBe(false);
    clock.mockRestore();
  });

  it('LDR-5: a task that ends or fails gives the lease back, and a new term begins a little later', async () => {
    let fails = true;
    join('a', async (term) => {
      if (fails) throw new Error('no');
      await diligent(term);
    });
    await pass(1);
    expect([leads, store.expiresAt]).toEqual([[], -Infinity]);
    fails = false;
    await pass(POLL);
    expect([leads, store.epoch]).toEqual([['a'], 2]);
  });

  it('comes back above what the fence knows when the lease was made anew', async () => {
    store.fence = 57;
    join('a');
    await pass(2 * POLL);
    expect([leads, store.epoch, store.fence]).toEqual([['a'], 58, 58]);
    expect(said).toContain('the fence knows a newer leader, the lease is asked for again');
  });
});
