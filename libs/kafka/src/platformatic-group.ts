import { type ClusterMetadata, ConnectionPool, Consumer } from '@platformatic/kafka';
import { findErrorBy, type GroupAssignment, ListOffsetTimestamps, NetworkError } from '@platformatic/kafka';
import { atMost } from './at-most.js';
import type { Commit } from './offset-tracker.js';
import { type Fetched, fetchedOf } from './platformatic-records.js';

const PARTITION_BYTES = 1024 * 1024;
const FETCH_BYTES = 10 * PARTITION_BYTES;
const LEAVE_MS = 2_000;

export interface GroupMemberOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly maxWaitMs: number;
  /** The partitions may move: awaited before the group is told that this member is ready for it. */
  readonly onRevoke: () => Promise<void>;
  /** The group has given this member partitions, others or the same. */
  readonly onAssigned: () => void;
  /** It is no member any more and will not become one by itself. */
  readonly onBroken: (error: unknown) => void;
}

/** Where to read a partition on. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  offset: bigint;
}

/** Waits double from 100 ms to a second; a broker that restarts is found again soon after it listens. */
export const retryDelay = (_client: object, _operation: string, attempt: number): number =>
  Math.min(1_000, 50 * 2 ** attempt);

export const isNetworkError = (error: unknown): boolean =>
  error instanceof Error && (NetworkError.isRetryable(error) || findErrorBy(error, 'code', NetworkError.code) !== null);

export const isOutOfRange = (error: unknown): boolean =>
  error instanceof Error && findErrorBy(error, 'apiId', 'OFFSET_OUT_OF_RANGE') !== null;

/**
 * A member of a consumer group by the parts of the client that are about the group, without its stream: a stream hands over
 * message by message, hides where the log ends and does not say when records were gone.
 */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  readonly #consumer: Consumer;
  /** Requests of one connection are answered in turn: a fetch that is held would hold up heartbeats and commits. */
  readonly #fetches: ConnectionPool;

  constructor(options: GroupMemberOptions) {
    const { brokers, clientId, groupId, maxWaitMs, onRevoke, onAssigned, onBroken } = options;
    this.#options = options;
    const connection = { connectTimeout: 2_000, retries: 5, retryDelay };
    this.#fetches = new ConnectionPool(clientId, { connectTimeout: 2_000, requestTimeout: maxWaitMs + 10_000 });
    this.#consumer = new Consumer({
      ...connection,
      clientId,
      groupId,
      bootstrapBrokers: [...brokers],
      requestTimeout: 20_000, // a join is held until the slowest member is there
      sessionTimeout: 6_000,
      heartbeatInterval: 1_000,
      rebalanceTimeout: 10_000,
      autocommit: false,
      // The one hook that the client awaits before it joins again; it sends the (empty) data along.
      protocolsMetadata: () => onRevoke().then(() => Buffer.alloc(0)),
    });
    this.#consumer.on('consumer:group:join', onAssigned);
    this.#consumer.on('error', onBroken);
  }

  /** Resolves when the group has accepted the member. */
  async join(): Promise<void> {
    this.#consumer.topics.trackAll(...this.#options.topics);
    await this.#consumer.joinGroup({});
  }

  isMember(): boolean {
    return this.#consumer.isActive();
  }

  /** Where the assigned partitions are read on: at what the group committed, or at the start of the log. */
  async positions(): Promise<{ positions: Position[]; gaps: string[] }> {
    const assigned = (this.#consumer.assignments ?? []).filter(({ partitions }) => partitions.length > 0);
    if (assigned.length === 0) return { positions: [], gaps: [] };
    const [low, high, committed] = await Promise.all([
      this.#ends(assigned, ListOffsetTimestamps.EARLIEST),
      this.#ends(assigned, ListOffsetTimestamps.LATEST),
      this.#consumer.listCommittedOffsets({ topics: assigned.map((each) => ({ ...each })) }),
    ]);
    const gaps = new Set<string>();
    const positions = assigned.flatMap(({ topic, partitions }) =>
      partitions.map((partition): Position => {
        const start = low.get(topic)?.[partition] ?? 0n;
        const end = high.get(topic)?.[partition] ?? start;
        const known = committed.get(topic)?.[partition] ?? -1n;
        const wanted = known < 0n ? 0n : known;
        if (wanted >= start && wanted <= end) return { topic, partition, offset: wanted };
        gaps.add(topic);
        return { topic, partition, offset: start };
      }),
    );
    return { positions, gaps: [...gaps] };
  }

  #ends(assigned: readonly GroupAssignment[], timestamp: bigint): Promise<Map<string, bigint[]>> {
    const partitions = Object.fromEntries(assigned.map((each) => [each.topic, [...each.partitions]]));
    return this.#consumer.listOffsets({ topics: Object.keys(partitions), partitions, timestamp });
  }

  /** Node → the positions whose partitions it leads. */
  async byLeader(positions: readonly Position[]): Promise<Map<number, Position[]>> {
    const metadata = await this.#metadata();
    return Map.groupBy(positions, ({ topic, partition }) => leaderOf(metadata, topic, partition));
  }

  /** One fetch from one broker; empty after `maxWaitMs` without a message. */
  async fetch(node: number, positions: readonly Position[]): Promise<Fetched[]> {
    const metadata = await this.#metadata();
    const names = new Map([...metadata.topics].map(([name, { id }]) => [id, name]));
    const topics = [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, wanted]) => ({
      topicId: metadata.topics.get(topic)?.id ?? topic,
      partitions: wanted.map(({ partition, offset }) => ({
        partition,
        fetchOffset: offset,
        partitionMaxBytes: PARTITION_BYTES,
        currentLeaderEpoch: -1,
        lastFetchedEpoch: -1,
      })),
    }));
    const response = await this.#consumer.fetch({
      node,
      topics,
      maxWaitTime: this.#options.maxWaitMs,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      connectionPool: this.#fetches,
    });
    return fetchedOf(response, names, positions);
  }

  /** What is known of leaders and topic ids may be old: ask again. */
  forgetMetadata(): void {
    this.#consumer.clearMetadata();
  }

  async commit(commits: readonly Commit[]): Promise<void> {
    await this.#consumer.commit({
      offsets: commits.map(({ topic, partition, offset }) => ({
        topic,
        partition,
        offset: BigInt(offset),
        leaderEpoch: -1,
      })),
    });
  }

  /** Leaves the group, if that can be said to anybody; a broker that does not answer is not waited for. */
  async leave(): Promise<void> {
    await atMost(LEAVE_MS, Promise.allSettled([this.#consumer.close(true), this.#fetches.close()]));
  }

  #metadata(): Promise<ClusterMetadata> {
    return this.#consumer.metadata({ topics: [...this.#options.topics] });
  }
}

function leaderOf(metadata: ClusterMetadata, topic: string, partition: number): number {
  const leader = metadata.topics.get(topic)?.partitions[partition]?.leader;
  if (leader === undefined) throw new Error(`nobody leads partition ${partition} of ${topic}`);
  return leader;
}
