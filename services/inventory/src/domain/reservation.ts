import type { Line, Movement } from './stock.js';

/** What may happen to one line of an order (order id × sku); the arrow's value is its ledger movement, null moves nothing. */
export const transitions = {
  none: { live: 'reserve', rejected: null },
  live: { committed: 'commit', released: 'release', expired: 'expire' },
  committed: { returned: 'return' },
  returned: {},
  released: {},
  expired: {},
  rejected: {},
} as const satisfies Record<string, Readonly<Record<string, Movement | null>>>;

export type ReservationState = keyof typeof transitions;
export type RejectionReason = 'out-of-stock' | 'unknown-sku' | 'expired';
export type RefusalReason = 'expired' | 'released' | 'unknown';

/** A line that holds or once held stock. `expiresAt` stays, so that a repeated reserve gets the answer it got before. */
interface Held<S extends ReservationState> {
  readonly state: S;
  readonly quantity: number;
  readonly expiresAt: Date;
}

/** `short` is what was available of a sku that lacked; a release without its reserve leaves a rejected line as tombstone. */
interface Rejected {
  readonly state: 'rejected';
  readonly quantity: number;
  readonly reason: RejectionReason;
  readonly short: number | null;
}

export type Reservation =
  | { readonly state: 'none' }
  | Held<'live'>
  | Held<'committed'>
  | Held<'released'>
  | Held<'expired'>
  | Held<'returned'>
  | Rejected;

/** A reservation that exists, i.e. that has a row. */
export type KnownReservation = Exclude<Reservation, { state: 'none' }>;

export const none: Reservation = { state: 'none' };

/** What one line answers; answers of equal content are put together into one event per command. */
export type LineAnswer =
  | { readonly type: 'reserved'; readonly expiresAt: Date }
  | { readonly type: 'rejected'; readonly reason: RejectionReason; readonly short: number | null }
  | { readonly type: 'committed' }
  | { readonly type: 'commit-refused'; readonly reason: RefusalReason }
  | { readonly type: 'released' }
  | { readonly type: 'expired' }
  | { readonly type: 'returned' };

/** `next` is the reservation itself when nothing changes: a duplicate, or a wrong state that the answers tell about. */
export interface Decision {
  readonly next: Reservation;
  readonly answers: readonly LineAnswer[];
}

/** Decides about a line for a command that names `wanted`, at database time `now`. */
export type Decide = (line: Reservation, wanted: Line, now: Date) => Decision;

const COMMITTED: LineAnswer = { type: 'committed' };
const RELEASED: LineAnswer = { type: 'released' };
const EXPIRED: LineAnswer = { type: 'expired' };
const RETURNED: LineAnswer = { type: 'returned' };
const refused = (reason: RefusalReason): LineAnswer => ({ type: 'commit-refused', reason });

const stays = (line: Reservation, ...answers: LineAnswer[]): Decision => ({ next: line, answers });

export const isOverdue = (line: { readonly expiresAt: Date }, now: Date): boolean => line.expiresAt <= now;

/** A late commit also expires the line, so that the refusal stands even if the clock is set back before a repeat. */
export const commit: Decide = (line, _wanted, now) => {
  switch (line.state) {
    case 'live':
      return isOverdue(line, now)
        ? { next: { ...line, state: 'expired' }, answers: [EXPIRED, refused('expired')] }
        : { next: { ...line, state: 'committed' }, answers: [COMMITTED] };
    case 'committed':
    case 'returned':
      return stays(line, COMMITTED);
    case 'expired':
      return stays(line, refused('expired'));
    case 'released':
      return stays(line, refused('released'));
    case 'none':
    case 'rejected':
      return stays(line, refused('unknown'));
    default:
      return unreachable(line);
  }
};

/** Ends with nothing held, whatever came before; only a committed line is beyond it and says so. */
export const release: Decide = (line, { quantity }) => {
  switch (line.state) {
    case 'none':
      return { next: { state: 'rejected', quantity, reason: 'expired', short: null }, answers: [RELEASED] };
    case 'live':
      return { next: { ...line, state: 'released' }, answers: [RELEASED] };
    case 'released':
    case 'expired':
    case 'rejected':
      return stays(line, RELEASED);
    case 'committed':
      return stays(line, COMMITTED);
    case 'returned':
      return stays(line, RETURNED);
    default:
      return unreachable(line);
  }
};

/** Takes a committed line back into stock; any other state is answered with what is true of the line. */
export const takeBack: Decide = (line) => {
  switch (line.state) {
    case 'committed':
      return { next: { ...line, state: 'returned' }, answers: [RETURNED] };
    case 'returned':
      return stays(line, RETURNED);
    case 'none':
      return stays(line);
    case 'live':
    case 'rejected':
      return stays(line, originalAnswer(line));
    case 'released':
      return stays(line, RELEASED);
    case 'expired':
      return stays(line, EXPIRED);
    default:
      return unreachable(line);
  }
};

/** What the sweeper does; a line that was settled in the meantime is left alone. */
export const expire: Decide = (line, _wanted, now) =>
  line.state === 'live' && isOverdue(line, now)
    ? { next: { ...line, state: 'expired' }, answers: [EXPIRED] }
    : stays(line);

/** The answer that the line's reserve command got, for a repeat of it. */
export function originalAnswer(line: KnownReservation): LineAnswer {
  return line.state === 'rejected'
    ? { type: 'rejected', reason: line.reason, short: line.short }
    : { type: 'reserved', expiresAt: line.expiresAt };
}

/** The movement of the arrow `from` → `to`; null when it moves no stock. @throws on an arrow that is not in the table */
export function movementOf(from: ReservationState, to: ReservationState): Movement | null {
  const arrows: Readonly<Partial<Record<ReservationState, Movement | null>>> = transitions[from];
  const movement = arrows[to];
  if (movement === undefined) throw new Error(`a reservation cannot go from ${from} to ${to}`);
  return movement;
}

function unreachable(line: never): never {
  throw new Error(`unknown reservation state in ${JSON.stringify(line)}`);
}
