import { beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { aPublicOrder } from '../test/public-order.mother.js';
import { Rebuild, type RebuildOptions, type RebuildSource } from './rebuild.js';

describe('a rebuild', () => {
  let ours: boolean;
  let renewals: number;
  let swapped: boolean;
  /** Whether the source fails behind its first part. */
  let isBroken: boolean;
  let end: (error?: Error) => void;

  beforeEach(() => {
    ours = true;
    renewals = 0;
    swapped = false;
    isBroken = false;
  });

  /** Its source is a statement without end, until it is closed or `end` is called. */
  const open = ({ fill = async () => undefined }: { fill?: () => Promise<void> } = {}): Rebuild => {
    const source: RebuildSource = {
      count: async () => 1,
      async *parts() {
        await new Promise<void>((resolve, reject) => {
          end = (error) => (error === undefined ? resolve() : reject(error));
        });
        yield [aPublicOrder(1)];
        if (isBroken) throw new Error('the source is gone');
      },
      close: async () => end(new Error('closed')),
    };
    const options = {
      views: {
        current: async () => ({ salt: 's' }),
        beginBuilding: async () => undefined,
        swap: async () => (swapped = true),
        abandon: async () => undefined,
        dropUnused: async () => undefined,
      },
      projector: { fill },
      lease: {
        acquire: async () => {
          renewals++;
          return ours;
        },
        release: async () => undefined,
      },
      status: { replaceOne: async () => undefined, findOne: async () => null },
      openSource: async () => source,
      readProducts: async () => undefined,
      leaseMs: 15,
      now: () => new Date(0),
      logger: { info: () => undefined, warn: () => undefined },
    };
    return new Rebuild(options as unknown as RebuildOptions);
  };
  const renewed = (times: number) => waitFor(() => renewals > times, { what: 'renewals while nothing is read' });

  it('renews its lease also while it waits for its source', async () => {
    const rebuild = open();
    await rebuild.start();
    await renewed(5);
    end();
    await rebuild.finished();
    expect([rebuild.current.state, swapped]).toEqual(['done', true]);
    const last = renewals;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(renewals).toBe(last);
  });

  it('ends when another process has taken the lease meanwhile', async () => {
    const rebuild = open();
    await rebuild.start();
    ours = false;
    await renewed(3);
    end();
    await rebuild.finished();
    expect(rebuild.current).toMatchObject({ state: 'failed', error: 'another process has the lease' });
    expect(swapped).toBe(false);
  });

  it('that fails ends when nothing of it is being written any more, and counts nothing behind its end', async () => {
    let write: () => void = () => undefined;
    isBroken = true;
    const rebuild = open({ fill: () => new Promise((resolve) => (write = resolve)) });
    let over = false;
    await rebuild.start();
    await renewed(2);
    end();
    const finished = rebuild.finished().then(() => (over = true));
    await renewed(renewals + 3);
    expect([over, rebuild.current.state]).toEqual([false, 'running']);
    write();
    await finished;
    expect(rebuild.current).toMatchObject({ state: 'failed', error: 'the source is gone', done: 1 });
  });

  it('does not keep a process that stops waiting for a statement', async () => {
    const rebuild = open();
    await rebuild.start();
    await renewed(2);
    await rebuild.stop();
    expect([rebuild.current.state, swapped]).toEqual(['failed', false]);
  });
});
