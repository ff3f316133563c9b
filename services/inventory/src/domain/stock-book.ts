import { type KnownReservation, movementOf, none, type Reservation } from './reservation.js';
import { move, type Movement, type StockLevel } from './stock.js';

export interface LedgerEntry {
  readonly orderId: string;
  readonly sku: string;
  readonly kind: Movement;
  readonly quantity: number;
}

export interface ReservationLine {
  readonly orderId: string;
  readonly sku: string;
  readonly line: KnownReservation;
}

/** What a unit of work changed: only levels and lines that differ, one version step a sku whatever the number of movements. */
export interface BookChanges {
  readonly levels: readonly { readonly before: StockLevel; readonly after: StockLevel }[];
  readonly lines: readonly ReservationLine[];
  readonly ledger: readonly LedgerEntry[];
}

const keyOf = (orderId: string, sku: string): string => `${orderId} ${sku}`;

/** The locked stock and the reservations that one unit of work may touch, and its pending changes. Does no I/O. */
export class StockBook {
  readonly #before: ReadonlyMap<string, StockLevel>;
  readonly #levels: Map<string, StockLevel>;
  readonly #lines: Map<string, ReservationLine>;
  readonly #changed = new Map<string, ReservationLine>();
  readonly #ledger: LedgerEntry[] = [];

  /** @param now database time: the one clock that decides about expiry */
  constructor(
    readonly now: Date,
    levels: readonly StockLevel[],
    lines: readonly ReservationLine[],
  ) {
    this.#before = new Map(levels.map((level) => [level.sku, level]));
    this.#levels = new Map(this.#before);
    this.#lines = new Map(lines.map((line) => [keyOf(line.orderId, line.sku), line]));
  }

  /** Units that can be promised now, by sku; an unknown sku is no key. */
  available(): Map<string, number> {
    return new Map([...this.#levels.values()].map(({ sku, available }) => [sku, available]));
  }

  reservation(orderId: string, sku: string): Reservation {
    return this.#lines.get(keyOf(orderId, sku))?.line ?? none;
  }

  /** Moves a line along an arrow of the transition table, with its stock and its ledger entry; the same line is a no-op. */
  record(orderId: string, sku: string, next: Reservation): void {
    const current = this.reservation(orderId, sku);
    if (next === current || next.state === 'none') return;
    const kind = movementOf(current.state, next.state);
    if (kind !== null) {
      const level = this.#levels.get(sku);
      if (level === undefined)
        throw new Error(`${kind} of ${sku}, of which there is no stock row in this unit of work`);
      this.#levels.set(sku, move(level, kind, next.quantity));
      this.#ledger.push({ orderId, sku, kind, quantity: next.quantity });
    }
    const line = { orderId, sku, line: next };
    this.#lines.set(keyOf(orderId, sku), line);
    this.#changed.set(keyOf(orderId, sku), line);
  }

  changes(): BookChanges {
    const moved = new Set(this.#ledger.map((entry) => entry.sku));
    const levels = [...this.#levels.values()].flatMap((level) => {
      const before = this.#before.get(level.sku);
      if (before === undefined || !moved.has(level.sku)) return [];
      return [{ before, after: { ...level, version: before.version + 1 } }];
    });
    return { levels, lines: [...this.#changed.values()], ledger: this.#ledger };
  }
}
