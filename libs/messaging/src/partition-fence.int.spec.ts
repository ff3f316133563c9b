import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { configureFailpoints } from '@souk/failpoints';
import { waitFor } from '@souk/testing';
import { ConsumerLab, thing } from './consumer-lab.mother.js';
import { beginFenced, fencedTransaction } from './partition-fence.js';

describe('an owner that lost its partition and does not know it', () => {
  let lab: ConsumerLab;

  beforeAll(async () => {
    lab = await ConsumerLab.open('fence');
  });
  afterAll(() => lab.db.drop());
  beforeEach(() => lab.reset());
  afterEach(() => void configureFailpoints(''));

  it('CC-3: has no effect twice and overtakes nobody, paused with its effects written', async () => {
    const [zombie, heir] = [lab.host(), lab.host()];
    configureFailpoints('consumer.after-effect=sleep:400@1');
    const paused = zombie.handle([thing('a', 1), thing('a', 2)]);
    await sleep(100);
    await heir.handle([thing('a', 1), thing('a', 2), thing('a', 3)]);
    await paused;
    await zombie.handle([thing('a', 3)]);
    expect(await lab.effects()).toEqual(['a:1', 'a:2', 'a:3']);
    expect(heir.duplicates).toBe(2);
  });

  it('CC-3: has no effect twice and overtakes nobody, paused before it began', async () => {
    const [zombie, heir] = [lab.host(), lab.host()];
    configureFailpoints('consumer.before-begin=sleep:200@1');
    const paused = zombie.handle([thing('a', 1), thing('a', 2)]);
    await heir.handle([thing('a', 1), thing('a', 2), thing('a', 3)]);
    await paused;
    expect(await lab.effects()).toEqual(['a:1', 'a:2', 'a:3']);
    expect(zombie.duplicates).toBe(2);
  });

  it('parks a key that nothing overtakes, though the heir is waiting with the next message', async () => {
    const [zombie, heir] = [lab.host(), lab.host()];
    lab.before = async (key, n) => {
      if (key === 'bad' && n === 1) throw new Error('poison');
    };
    configureFailpoints('dead-letter.after-park=sleep:300');
    const paused = zombie.handle([thing('bad', 1)]);
    await sleep(150);
    await heir.handle([thing('bad', 1), thing('bad', 2), thing('good', 3)]);
    await paused;
    expect(await lab.effects()).toEqual(['good:3']);
    expect(await lab.count('parked_messages')).toBe(2);
    expect(await lab.count('outbox')).toBe(1);
  });

  it('gives nothing up whose effect its heir has brought about', async () => {
    const heir = lab.host();
    let done: Promise<void> | undefined;
    let calls = 0;
    const handle = async (): Promise<void> => {
      // The last attempt; the heir waits for its end, and so comes before the dead letter is written.
      if (++calls === 2) done = heir.handle([thing('a', 1)]);
      await sleep(150);
      throw new Error('only here');
    };
    const schemas = { 'thing.v1': { parse: (data: unknown) => data } };
    const zombie = lab.host({ backoffMs: [], handlers: new Map([['things.v1', { schemas, handle }]]) });
    await zombie.handle([thing('a', 1)]);
    await done;
    expect(await lab.effects()).toEqual(['a:1']);
    expect([await lab.count('parked_messages'), await lab.count('outbox')]).toEqual([0, 0]);
  });
});

describe('the fence', () => {
  let lab: ConsumerLab;

  beforeAll(async () => {
    lab = await ConsumerLab.open('fence_locks');
  });
  afterAll(() => lab.db.drop());

  const p = (partition: number) => ({ topic: 'things.v1', partition });
  const order: string[] = [];
  const hold = (name: string, partition: number, ms: number, consumer = 'tester') =>
    fencedTransaction(lab.db.pool, consumer, [p(partition)], async () => {
      order.push(`${name} in`);
      await sleep(ms);
      order.push(`${name} out`);
    });

  beforeEach(() => void order.splice(0));

  it('lets one at a time into a partition', async () => {
    await Promise.all([hold('a', 1, 80), hold('b', 1, 80)]);
    expect(order.map((step) => step.split(' ')[1])).toEqual(['in', 'out', 'in', 'out']);
  });

  it('keeps nobody out of another partition, nor another consumer out of the same', async () => {
    let inside = 0;
    const meet = (partition: number, consumer = 'tester') =>
      fencedTransaction(lab.db.pool, consumer, [p(partition)], async () => {
        inside += 1;
        await waitFor(() => inside === 3, { what: 'all three are inside' });
      });
    await Promise.all([meet(1), meet(2), meet(1, 'another')]);
    expect(inside).toBe(3);
  });

  it('takes the locks of several partitions in one order, each once', () => {
    const numbers = (text: string): number[] =>
      [...text.matchAll(/lock\(\d+, (-?\d+)\)/g)].map(([, key]) => Number(key));
    const locks = numbers(beginFenced('tester', [p(3), p(1), p(3), p(2)]));
    expect(locks).toHaveLength(3);
    expect(locks).toEqual([...locks].sort((a, b) => a - b));
    expect(numbers(beginFenced('tester', [p(2), p(3), p(1)]))).toEqual(locks);
    expect(beginFenced('tester', [])).toBe('begin');
  });

  it('counts as an outage, not as a failed attempt, when it waits for too long', async () => {
    const holding = hold('old', 0, 2_600);
    await sleep(50);
    await lab.host().handle([thing('a', 1)]);
    await holding;
    expect(await lab.effects()).toEqual(['a:1']);
    expect(await lab.count('parked_messages')).toBe(0);
  });
});
