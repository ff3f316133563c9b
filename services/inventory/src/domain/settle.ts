import type { Decide, LineAnswer } from './reservation.js';
import type { Line } from './stock.js';
import type { StockBook } from './stock-book.js';

/** One answer about lines of an order that fared alike; `lines` carries the quantities of the reservation. */
export interface Answer {
  readonly orderId: string;
  readonly lines: readonly Line[];
  readonly outcome: LineAnswer;
  /** Only of a rejection: the lines that lacked and what was available of them. */
  readonly short: readonly { readonly sku: string; readonly available: number }[];
}

export interface LinesCommand {
  readonly orderId: string;
  readonly lines: readonly Line[];
}

/** Lets `decide` settle each line of a command and puts equal answers together. */
export function settle(book: StockBook, command: LinesCommand, decide: Decide): Answer[] {
  const answered = command.lines.flatMap((wanted) => {
    const { next, answers } = decide(book.reservation(command.orderId, wanted.sku), wanted, book.now);
    book.record(command.orderId, wanted.sku, next);
    const line = next.state === 'none' ? wanted : { sku: wanted.sku, quantity: next.quantity };
    return answers.map((outcome) => ({ line, outcome }));
  });
  return gather(command.orderId, answered);
}

/** One answer per kind, in the order in which the kinds first came up. */
function gather(orderId: string, answered: readonly { readonly line: Line; readonly outcome: LineAnswer }[]): Answer[] {
  const groups = Map.groupBy(answered, ({ outcome }) => likeness(outcome));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const short = group.flatMap(({ line, outcome }) =>
      outcome.type === 'rejected' && outcome.short !== null ? [{ sku: line.sku, available: outcome.short }] : [],
    );
    return [{ orderId, lines: group.map(({ line }) => line), outcome: first.outcome, short }];
  });
}

function likeness(outcome: LineAnswer): string {
  switch (outcome.type) {
    case 'reserved':
      return `reserved ${outcome.expiresAt.getTime()}`;
    case 'rejected':
    case 'commit-refused':
      return `${outcome.type} ${outcome.reason}`;
    default:
      return outcome.type;
  }
}
