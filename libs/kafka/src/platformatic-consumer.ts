import type { Logger } from '@souk/observability';
import { atMost } from './at-most.js';
import { COMMIT_MS, CommitTurn } from './commit-turn.js';
import { HandOver } from './hand-over.js';
import { type ConsumerOptions, KafkaConsumer, type ReadProgress } from './kafka-port.js';
import { type GroupMember, type GroupMemberOptions, isNetworkError, isOutOfRange } from './platformatic-group.js';
import type { Position } from './platformatic-group.js';
import type { Fetched } from './platformatic-records.js';
import { FetchProgress } from './read-progress.js';
import { Rebuilder, SILENT_MS } from './rebuilder.js';

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const COMMIT_EVERY_MS = 500;
/** Effects under way may take this long before a rebalance goes on without them, and before a stop. */
const DRAIN_MS = 2_000;
const PAUSE_MS = 200;

/** One generation of the group: what this member reads until the partitions are dealt out again. */
interface Round {
  readonly member: Member;
  readonly positions: readonly Position[];
  /** Brokers that are asked at the moment. */
  readonly asked: Set<number>;
}

export type Member = Pick<
  GroupMember,
  'join' | 'positions' | 'byLeader' | 'fetch' | 'forgetMetadata' | 'commit' | 'leave' | 'isMember'
>;
export type MemberHooks = Pick<GroupMemberOptions, 'onRevoke' | 'onAssigned' | 'onBroken'>;

export interface PlatformaticClient {
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly createMember: (hooks: MemberHooks) => Member;
  readonly isReachable: () => Promise<boolean>;
}

/**
 * Reads with @platformatic/kafka. Batches are handed over without waiting for their effects. Before the partitions are dealt
 * out again, what is under way ends and is committed, so that the next owner starts behind it.
 */
export class PlatformaticConsumer extends KafkaConsumer {
  readonly #options: ConsumerOptions;
  readonly #log: Pick<Logger, 'info' | 'warn'>;
  readonly #createMember: (hooks: MemberHooks) => Member;
  readonly #client: Rebuilder;
  readonly #handOver: HandOver;
  readonly #progress = new FetchProgress();
  #member: Member | undefined;
  /** Of this member: one that has gone may leave a commit behind which no broker answers. */
  #commits = new CommitTurn(() => this.#commit());
  #round: Round | undefined;
  #timer: NodeJS.Timeout | undefined;
  #generation = 0;

  constructor({ log, createMember, isReachable }: PlatformaticClient, options: ConsumerOptions) {
    super();
    this.#options = options;
    this.#log = log;
    this.#createMember = createMember;
    this.#client = new Rebuilder({ groupId: options.groupId, open: () => this.#open(), isReachable, log });
    this.#handOver = new HandOver(options.onBatch, (err, { topic, partition }) => {
      if (this.#client.stopping) return;
      log.warn({ err, topic, partition }, 'a batch was refused, reading it again');
      this.#client.soon('refused');
    });
  }

  /** Returns at once; the client connects, and reconnects, in the background until stop(). */
  async start(): Promise<void> {
    this.#timer = setInterval(() => this.#commits.take(), COMMIT_EVERY_MS);
    this.#client.start();
  }

  async stop(): Promise<void> {
    this.#round = undefined;
    await this.#client.stop(DRAIN_MS);
    clearInterval(this.#timer);
    await this.#handOver.drained(DRAIN_MS);
    await this.#commits.finish(COMMIT_MS);
    await this.#member?.leave();
  }

  isLive(): boolean {
    return this.#round !== undefined && !this.#client.isSilent();
  }

  override progress(): ReadProgress {
    return this.#progress.at(Date.now(), SILENT_MS);
  }

  async #open(): Promise<void> {
    this.#endRound();
    const previous = this.#member;
    this.#member = undefined;
    await previous?.leave();
    // Nobody would end what begins after the end.
    if (this.#client.stopping) return;
    const current = (): boolean => member === this.#member;
    const member: Member = this.#createMember({
      onRevoke: async () => (current() ? this.#revoke() : undefined),
      onAssigned: () => {
        if (current()) void this.#begin(member);
      },
      onBroken: (error) => {
        if (current()) void this.#broken(member, error);
      },
    });
    this.#member = member;
    this.#commits = new CommitTurn(() => this.#commit());
    await member.join();
  }

  async #revoke(): Promise<void> {
    if (!this.#round) return;
    this.#round = undefined;
    await this.#handOver.drained(DRAIN_MS);
    // Not after the one under way: it may be what has found out that the partitions are dealt out again, and wait for this.
    await atMost(COMMIT_MS, this.#commit());
  }

  async #begin(member: Member): Promise<void> {
    this.#endRound();
    const generation = this.#generation;
    try {
      const { positions, gaps } = await member.positions();
      if (generation !== this.#generation || this.#client.stopping) return;
      if (this.#options.onGap) gaps.forEach(this.#options.onGap);
      const round: Round = { member, positions, asked: new Set() };
      this.#round = round;
      this.#client.alive();
      void this.#read(round);
    } catch (error) {
      if (generation === this.#generation) await this.#broken(member, error);
    }
  }

  #endRound(): void {
    this.#generation += 1;
    this.#round = undefined;
    this.#handOver.nextGeneration();
    this.#progress.reset();
  }

  /**
   * A broker that is away is waited for with the same membership: a new one would have to wait until the old has expired.
   * After any other error the member is built anew.
   */
  async #broken(member: Member, err: unknown): Promise<void> {
    if (this.#client.stopping || member !== this.#member) return;
    this.#log.warn({ err }, 'the Kafka consumer lost its group');
    this.#endRound();
    if (!isNetworkError(err)) return this.#client.soon('broken');
    await delay(PAUSE_MS);
    if (this.#client.stopping || member !== this.#member) return;
    await member.join().catch((error: unknown) => this.#broken(member, error));
  }

  /** Asks every broker that leads one of the partitions and is not being asked already. */
  async #read(round: Round): Promise<void> {
    try {
      if (round.positions.length === 0) return await this.#idle(round);
      for (const [node, positions] of await round.member.byLeader(round.positions)) {
        if (!round.asked.has(node)) void this.#ask(round, node, positions);
      }
    } catch (error) {
      await this.#failed(round, error);
      if (round === this.#round) void this.#read(round);
    }
  }

  async #ask(round: Round, node: number, positions: readonly Position[]): Promise<void> {
    if (round !== this.#round) return;
    round.asked.add(node);
    try {
      await this.#room(round);
      this.#progress.fetchStarted(String(node), Date.now());
      const fetched = await round.member.fetch(node, positions);
      if (round !== this.#round) return;
      this.#client.alive();
      fetched.forEach((each) => this.#take(each, positions));
      if (this.#options.gatherMs && fetched.length > 0) await delay(this.#options.gatherMs);
    } catch (error) {
      await this.#failed(round, error);
    } finally {
      round.asked.delete(node);
      if (round === this.#round) void this.#read(round);
    }
  }

  #take({ topic, partition, records, nextOffset, highWatermark }: Fetched, positions: readonly Position[]): void {
    const position = positions.find((each) => each.topic === topic && each.partition === partition);
    if (!position) return;
    position.offset = nextOffset;
    const lastOffset = String(nextOffset - 1n);
    this.#progress.handedOver(topic, partition, lastOffset, String(highWatermark));
    this.#handOver.give({ topic, partition, records, lastOffset });
  }

  async #room(round: Round): Promise<void> {
    while (this.#handOver.isFull() && round === this.#round) {
      await delay(PAUSE_MS / 10);
      this.#client.alive();
    }
  }

  /** A member without partitions reads nothing and is well as long as the group knows it. */
  async #idle(round: Round): Promise<void> {
    while (round === this.#round) {
      if (round.member.isMember()) this.#client.alive();
      await delay(PAUSE_MS);
    }
  }

  async #failed(round: Round, err: unknown): Promise<void> {
    if (round !== this.#round) return;
    this.#log.warn({ err }, 'a fetch failed, trying again');
    round.member.forgetMetadata();
    await delay(PAUSE_MS);
    if (isOutOfRange(err) && round === this.#round) await this.#begin(round.member);
  }

  async #commit(): Promise<void> {
    const commits = this.#member ? this.#handOver.take() : [];
    if (commits.length === 0) return;
    await this.#member?.commit(commits).catch((err: unknown) => {
      this.#log.warn({ err }, 'offsets could not be committed');
    });
  }
}
