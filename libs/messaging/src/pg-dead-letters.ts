import { definePoint, failpoint } from '@souk/failpoints';
import type pg from 'pg';
import type { TopicOfConsumer } from './consumer-host.js';
import { storedName } from './dead-letter.js';
import {
  causeOf,
  type DeadLetterDetails,
  type DeadLetterFilter,
  DeadLetterBusy,
  DeadLetterNotFound,
  type DeadLetterPage,
  DeadLetters,
  placeId,
  placeOf,
  type Settlement,
} from './dead-letters.js';
import { decode, isTransient, type PgTx } from '@souk/outbox';
import { remember } from './inbox.js';
import { type KeyAttributes, processed } from './message-spans.js';
import { countParkedRows, discardRow, findRow, listRows, OUTBOX_ID, retryRow } from './outbox-dead-letters.js';
import {
  countBehind,
  countHeads,
  findHead,
  listHeads,
  markDead,
  type ParkedMessage,
  partitionsOfKey,
  recordOf,
  removeParked,
  rowsOfKey,
  toDetails,
} from './parked-rows.js';
import { INBOX_ID, type KeyOfTopic, publishDeadLetter } from './parking.js';
import { fencedTransaction } from './partition-fence.js';

const BEFORE_COMMIT = definePoint('replay.before-commit', 'a replay has its effects, they are not committed');
const AFTER_COMMIT = definePoint('replay.after-commit', 'a replay is committed, nobody has been told');

/** Messages of a key that are handled in one transaction. */
const AT_ONCE = 200;
const LOCK_NOT_AVAILABLE = '55P03';

export interface PgDeadLettersOptions {
  readonly pool: pg.Pool;
  /** Name in the inbox. */
  readonly consumer: string;
  readonly deadLetterTopic: string;
  /** Known once the service has started. */
  readonly handlers: () => ReadonlyMap<string, TopicOfConsumer>;
  readonly keyAttributes?: KeyAttributes;
  readonly afterCommit: () => void;
  /** Runs work while no batch is being handled in this process. */
  readonly between: <T>(work: () => Promise<T>) => Promise<T>;
}

interface Step extends Omit<Settlement, 'outcome' | 'blockedBy'> {
  readonly stuck?: { readonly row: ParkedMessage; readonly cause: string };
  readonly isComplete: boolean;
}

/**
 * The dead letters of a consumer whose effects are in PostgreSQL, and the outbox rows that the broker refused. The effects of a
 * replay and the end of its parked rows are one transaction, alone on the partition: it happens once, and nothing that arrives
 * meanwhile overtakes it.
 */
export class PgDeadLetters extends DeadLetters {
  readonly #options: PgDeadLettersOptions;

  constructor(options: PgDeadLettersOptions) {
    super();
    this.#options = options;
  }

  async list(filter: DeadLetterFilter): Promise<DeadLetterPage> {
    const { pool, consumer } = this.#options;
    const parked = (await listHeads(pool, consumer, filter)).map(toDetails);
    const refused = await listRows(pool, filter);
    const items = [...parked, ...refused]
      .sort((a, b) => a.firstAt.getTime() - b.firstAt.getTime())
      .slice(0, filter.limit)
      .map(({ headers: _headers, value: _value, encoding: _encoding, ...letter }) => letter);
    return { items, total: (await countHeads(pool, consumer, filter)) + (await countParkedRows(pool, filter)) };
  }

  async count(): Promise<number> {
    const { pool, consumer } = this.#options;
    return (await countHeads(pool, consumer, {})) + (await countParkedRows(pool, {}));
  }

  async find(id: string): Promise<DeadLetterDetails> {
    if (OUTBOX_ID.test(id)) return findRow(this.#options.pool, id);
    return toDetails(await this.#head(this.#options.pool, id));
  }

  replay(id: string): Promise<Settlement> {
    return OUTBOX_ID.test(id) ? retryRow(this.#options.pool, id) : this.#settle(id, 'replay');
  }

  discard(id: string): Promise<Settlement> {
    return OUTBOX_ID.test(id) ? discardRow(this.#options.pool, id) : this.#settle(id, 'discard');
  }

  async #head(db: Pick<PgTx, 'query'>, id: string) {
    const place = placeOf(id);
    const head = place && (await findHead(db, this.#options.consumer, place));
    if (head === undefined) throw new DeadLetterNotFound(id);
    return head;
  }

  async #settle(id: string, action: 'replay' | 'discard'): Promise<Settlement> {
    const { pool, between } = this.#options;
    const key = await this.#head(pool, id);
    let applied = 0;
    for (let first = true; ; first = false) {
      const step = await between(() => this.#step(key, first ? { id, action } : undefined)).catch((error: unknown) => {
        throw hasCode(error, LOCK_NOT_AVAILABLE) ? new DeadLetterBusy(id, { cause: error }) : error;
      });
      applied += step.applied;
      if (!step.isComplete && step.stuck === undefined) continue;
      return { outcome: outcomeOf(id, step), applied, waiting: step.waiting, blockedBy: blockedBy(step) };
    }
  }

  /** One transaction of a settlement; the first one looks again whether the dead letter is still there. */
  async #step(key: KeyOfTopic, first?: { id: string; action: 'replay' | 'discard' }): Promise<Step> {
    const { pool, consumer, afterCommit } = this.#options;
    const partitions = (await partitionsOfKey(pool, consumer, key)).map((partition) => ({
      topic: key.topic,
      partition,
    }));
    const step = await fencedTransaction(pool, consumer, partitions, async (tx) => {
      if (first) await this.#head(tx, first.id);
      const rows = await rowsOfKey(tx, consumer, key, AT_ONCE);
      const dropped = first?.action === 'discard' ? rows.slice(0, 1) : [];
      await removeParked(
        tx,
        dropped.map((row) => row.id),
      );
      const result = await this.#apply(tx, rows.slice(dropped.length), rows.length === AT_ONCE);
      await failpoint(BEFORE_COMMIT);
      return result;
    });
    afterCommit();
    await failpoint(AFTER_COMMIT);
    return step;
  }

  /** Handles the rows in order until one fails. */
  async #apply(tx: PgTx, rows: readonly ParkedMessage[], hasMore: boolean): Promise<Step> {
    const { consumer } = this.#options;
    const done: number[] = [];
    let stuck: Step['stuck'];
    for (const row of rows) {
      const cause = await this.#try(tx, row);
      if (cause !== undefined) {
        stuck = { row, cause };
        await this.#setAside(tx, row, cause);
        break;
      }
      done.push(row.id);
    }
    await removeParked(tx, done);
    if (stuck)
      return { applied: done.length, waiting: await countBehind(tx, consumer, stuck.row), stuck, isComplete: false };
    return { applied: done.length, waiting: 0, isComplete: !hasMore };
  }

  /** The cause when it failed; then nothing of it is left in the transaction. */
  async #try(tx: PgTx, row: ParkedMessage): Promise<string | undefined> {
    await tx.query('savepoint replayed');
    try {
      await this.#handle(tx, row);
      await tx.query('release savepoint replayed');
      return undefined;
    } catch (error) {
      if (isTransient(error)) throw error;
      await tx.query('rollback to savepoint replayed');
      return causeOf(error);
    }
  }

  /** Exactly as a fresh one: schema, span, handler. Its inbox row was written when it was parked. */
  async #handle(tx: PgTx, row: ParkedMessage): Promise<void> {
    const { handlers, consumer, keyAttributes = {} } = this.#options;
    const topic = handlers().get(row.topic);
    if (topic === undefined) throw new Error(`nothing here handles ${row.topic}`);
    const delivery = decode(recordOf(row), topic.schemas);
    if (delivery === undefined) return;
    const knownAs = row.headers[INBOX_ID];
    if (knownAs !== storedName(delivery.id)) {
      // Unreadable when it was parked, hence remembered by its place: its producer may have sent it again, mended.
      const isNew = await remember(tx, consumer, delivery.id);
      if (knownAs !== undefined && !isNew) return;
    }
    await processed([delivery], keyAttributes, (deliveries) => topic.handle(deliveries, tx));
  }

  async #setAside(tx: PgTx, row: ParkedMessage, cause: string): Promise<void> {
    await markDead(tx, row.id, cause);
    if (row.dead) return;
    const now = new Date();
    const failure = { cause, attempts: 1, firstAt: row.firstAt, lastAt: now };
    await publishDeadLetter(tx, this.#options.deadLetterTopic, recordOf(row), failure);
  }
}

const idOf = (row: ParkedMessage): string => placeId(row);

function outcomeOf(id: string, { stuck }: Step): Settlement['outcome'] {
  if (stuck === undefined) return 'released';
  return idOf(stuck.row) === id ? 'still-dead' : 'blocked';
}

const blockedBy = ({ stuck }: Step): Settlement['blockedBy'] =>
  stuck === undefined ? null : { id: idOf(stuck.row), cause: stuck.cause };

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
