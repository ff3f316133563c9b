import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NetworkError, ProtocolError } from '@platformatic/kafka';
import type { KafkaRecord } from './kafka-port.js';
import type { Commit } from './offset-tracker.js';
import { type Member, type MemberHooks, PlatformaticConsumer } from './platformatic-consumer.js';
import type { Position } from './platformatic-group.js';
import type { Fetched } from './platformatic-records.js';

const quiet = { info: () => undefined, warn: () => undefined };

/** A member that does what the test says; a fetch is answered by `deliver` or `fail`. */
class FakeMember implements Member {
  readonly commits: Commit[] = [];
  joins = 0;
  left = false;
  start = 0n;
  gaps: string[] = [];
  #fetch = Promise.withResolvers<Fetched[]>();

  constructor(readonly hooks: MemberHooks) {}

  async join(): Promise<void> {
    this.joins += 1;
    this.hooks.onAssigned();
  }
  async positions() {
    return { positions: [{ topic: 't', partition: 3, offset: this.start }], gaps: this.gaps };
  }
  async byLeader(positions: readonly Position[]) {
    return new Map([[1, [...positions]]]);
  }
  fetch(): Promise<Fetched[]> {
    this.#fetch = Promise.withResolvers<Fetched[]>();
    return this.#fetch.promise;
  }
  deliver(offset: number): void {
    const record: KafkaRecord = {
      topic: 't',
      partition: 3,
      offset: String(offset),
      key: 'k',
      headers: {},
      value: null,
    };
    const nextOffset = BigInt(offset) + 1n;
    this.#fetch.resolve([{ topic: 't', partition: 3, records: [record], nextOffset, highWatermark: nextOffset }]);
  }
  fail(error: Error): void {
    this.#fetch.reject(error);
  }
  forgetMetadata(): void {}
  answersCommits = true;
  async commit(commits: readonly Commit[]): Promise<void> {
    this.commits.push(...commits);
    if (!this.answersCommits) await new Promise(() => undefined);
  }
  async leave(): Promise<void> {
    this.left = true;
  }
  isMember(): boolean {
    return true;
  }
}

describe('the platformatic consumer', () => {
  let members: FakeMember[];
  let handled: string[];
  let gaps: string[];
  let onBatch: (records: readonly KafkaRecord[]) => Promise<void>;
  let consumer: PlatformaticConsumer;
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
  const member = (): FakeMember => members.at(-1) as FakeMember;

  beforeEach(async () => {
    jest.useFakeTimers();
    [members, handled, gaps] = [[], [], []];
    onBatch = async () => undefined;
    consumer = new PlatformaticConsumer(
      {
        log: quiet,
        createMember: (hooks) => {
          members.push(new FakeMember(hooks));
          return member();
        },
        isReachable: async () => true,
      },
      {
        groupId: 'g',
        topics: ['t'],
        onGap: (topic) => gaps.push(topic),
        onBatch: (records) => {
          handled.push(...records.map(({ offset }) => offset));
          return onBatch(records);
        },
      },
    );
    await consumer.start();
    await pass(10);
  });
  afterEach(async () => {
    const stopped = consumer.stop();
    await pass(5_000);
    await stopped;
    jest.useRealTimers();
  });

  it('fetches on while effects are under way, and commits what has ended', async () => {
    const effect = Promise.withResolvers<void>();
    onBatch = () => effect.promise;
    member().deliver(7);
    await pass(1);
    member().deliver(8);
    await pass(1_000);
    expect([handled, member().commits]).toEqual([['7', '8'], []]);
    effect.resolve();
    await pass(1_000);
    expect(member().commits).toEqual([{ topic: 't', partition: 3, offset: '9' }]);
  });

  it('commits one at a time, and a stop does not wait for a broker that is away', async () => {
    member().answersCommits = false;
    for (const offset of [7, 8, 9]) {
      member().deliver(offset);
      await pass(600);
    }
    expect(member().commits).toEqual([{ topic: 't', partition: 3, offset: '8' }]);
    let isStopped = false;
    void consumer.stop().then(() => (isStopped = true));
    await pass(2_100);
    expect([isStopped, member().left]).toEqual([true, true]);
  });

  it('ends and commits what is under way before the partitions are dealt out again, but does not wait for ever', async () => {
    const effect = Promise.withResolvers<void>();
    onBatch = () => effect.promise;
    member().deliver(7);
    await pass(1);
    let ready = false;
    void member()
      .hooks.onRevoke()
      .then(() => (ready = true));
    await pass(100);
    expect([ready, consumer.isLive()]).toEqual([false, false]);
    effect.resolve();
    await pass(100);
    expect([ready, member().commits]).toEqual([true, [{ topic: 't', partition: 3, offset: '8' }]]);

    onBatch = () => new Promise(() => undefined);
    member().hooks.onAssigned();
    await pass(10);
    member().deliver(8);
    await pass(1);
    let given = false;
    void member()
      .hooks.onRevoke()
      .then(() => (given = true));
    await pass(3_000);
    expect(given).toBe(true);
  });

  it('commits nothing of partitions that have been dealt out again meanwhile', async () => {
    const effect = Promise.withResolvers<void>();
    onBatch = () => effect.promise;
    member().deliver(7);
    await pass(1);
    member().hooks.onAssigned();
    await pass(1);
    effect.resolve();
    await pass(2_000);
    expect(member().commits).toEqual([]);
  });

  it('reads a refused batch again, as a new member', async () => {
    onBatch = () => Promise.reject(new Error('refused'));
    member().deliver(7);
    await pass(1_000);
    expect([members.length, members[0]?.left, members[0]?.commits]).toEqual([2, true, []]);
  });

  it('keeps its membership when the broker goes away, in a fetch or in a rebalance', async () => {
    for (let second = 0; second < 30; second++) {
      member().fail(new NetworkError('connection refused'));
      await pass(500);
    }
    member().deliver(7);
    await pass(1);
    expect([members.length, member().joins, handled]).toEqual([1, 1, ['7']]);
    member().hooks.onBroken(new NetworkError('connection refused'));
    await pass(500);
    expect([members.length, member().joins, consumer.isLive()]).toEqual([1, 2, true]);
  });

  it('is built anew when the group will not have it', async () => {
    member().hooks.onBroken(new ProtocolError('GROUP_AUTHORIZATION_FAILED'));
    expect(consumer.isLive()).toBe(false);
    await pass(1_000);
    expect([members.length, consumer.isLive()]).toEqual([2, true]);
  });

  it('builds nothing after it was stopped while the member before was leaving', async () => {
    const left = Promise.withResolvers<void>();
    member().leave = () => left.promise;
    member().hooks.onBroken(new ProtocolError('GROUP_AUTHORIZATION_FAILED'));
    await pass(1_000);
    const stopped = consumer.stop();
    await pass(3_000);
    await stopped;
    left.resolve();
    await pass(1_000);
    expect(members).toHaveLength(1);
  });

  it('tells of records that were deleted under its eyes, and goes on with the oldest', async () => {
    member().deliver(7);
    await pass(1);
    Object.assign(member(), { start: 500n, gaps: ['t'] });
    member().fail(new ProtocolError('OFFSET_OUT_OF_RANGE'));
    await pass(500);
    member().deliver(500);
    await pass(1);
    expect([gaps, handled, members.length]).toEqual([['t'], ['7', '500'], 1]);
  });
});
