import { clean } from './dead-letter.js';

/** What a service keeps of the messages that it gave up, and what can be done with them (docs/adr/0021). */

export interface DeadLetter {
  readonly id: string;
  /** `message`: later ones of its key wait behind it; `view`: nothing waits; `outbox`: it could not be published. */
  readonly kind: 'message' | 'view' | 'outbox';
  readonly topic: string;
  readonly key: string;
  readonly type: string | null;
  readonly messageId: string | null;
  readonly cause: string;
  readonly attempts: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Later messages of the key that wait behind it. */
  readonly waiting: number;
}

export interface DeadLetterDetails extends DeadLetter {
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
  readonly encoding: 'utf8' | 'base64';
}

export interface DeadLetterFilter {
  readonly topic?: string | undefined;
  readonly key?: string | undefined;
  readonly limit: number;
}

export interface DeadLetterPage {
  readonly items: readonly DeadLetter[];
  readonly total: number;
}

/** What came of a replay or a discard. */
export interface Settlement {
  /**
   * `released`: nothing waits any more; `still-dead`: it failed again; `blocked`: one behind it failed in its turn;
   * `sent-again`: an outbox row that goes to the broker once more.
   */
  readonly outcome: 'released' | 'still-dead' | 'blocked' | 'sent-again';
  /** Messages whose effect is there now. */
  readonly applied: number;
  readonly waiting: number;
  readonly blockedBy: { readonly id: string; readonly cause: string } | null;
}

/** The dead letters of one service. Of two who settle the same one the second is told that it is gone. */
export abstract class DeadLetters {
  /** The oldest first. */
  abstract list(filter: DeadLetterFilter): Promise<DeadLetterPage>;
  /** How many there are. */
  abstract count(): Promise<number>;
  /** @throws DeadLetterNotFound */
  abstract find(id: string): Promise<DeadLetterDetails>;
  /** Handles it again as if it had just arrived, then what waits behind it. @throws DeadLetterNotFound, DeadLetterBusy */
  abstract replay(id: string): Promise<Settlement>;
  /** Drops it, then handles what waits behind it. @throws DeadLetterNotFound, DeadLetterBusy */
  abstract discard(id: string): Promise<Settlement>;
}

/** Shaped for the problem filter: 404. */
export class DeadLetterNotFound extends Error {
  override readonly name = 'DeadLetterNotFound';
  readonly kind = 'not-found';
  readonly code = 'dead-letter-not-found';

  constructor(id: string) {
    super(`There is no dead letter ${id}: it was replayed or discarded, or it waits behind another of its key.`);
  }
}

/** Shaped for the problem filter: 409. */
export class DeadLetterBusy extends Error {
  override readonly name = 'DeadLetterBusy';
  readonly kind = 'conflict';
  readonly code = 'dead-letter-busy';
  readonly retryAfterSeconds = 5;

  constructor(id: string, options?: ErrorOptions) {
    super(`Somebody else is at the dead letter ${id}.`, options);
  }
}

/** Where a record stood in the log, as a name; a topic's name may have hyphens of its own. */
export const placeId = (place: { topic: string; partition: number; offset: string }): string =>
  `${place.topic}-${place.partition}-${place.offset}`;

export function placeOf(id: string): { topic: string; partition: number; offset: string } | undefined {
  const [, topic, partition, offset] = /^([\w.-]{1,249})-(\d{1,9})-(\d{1,19})$/.exec(id) ?? [];
  return topic === undefined || partition === undefined || offset === undefined
    ? undefined
    : { topic, partition: Number(partition), offset };
}

/** What ended an attempt, short enough to be stored and read. */
export const causeOf = (error: unknown): string =>
  clean(error instanceof Error ? error.message : String(error)).slice(0, 1_000);
