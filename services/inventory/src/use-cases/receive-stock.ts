import type { receiptAccepted, ReceiveStock as Receipt } from '@souk/contracts';
import { withTransaction } from '@souk/outbox';
import type pg from 'pg';
import type { z } from 'zod';
import { receiptConflict } from '../domain/inventory.errors.js';
import { mergeLines } from '../domain/stock.js';
import { bookReceipt, claimReceipt } from '../persistence/receipts.js';
import { readLevels } from '../persistence/stock-levels.js';

export type ReceiptAccepted = z.infer<typeof receiptAccepted>;

/** Books delivered goods once per receipt id. A repeat answers with the levels of now. */
export class ReceiveStock {
  constructor(
    private readonly pool: pg.Pool,
    private readonly afterCommit: () => void,
  ) {}

  /** @throws receipt-conflict when the id was used for other lines; the order of lines does not matter */
  async execute({ receiptId, lines }: Receipt): Promise<ReceiptAccepted> {
    const merged = mergeLines(lines);
    const answer = await withTransaction(this.pool, async (tx) => {
      const claim = await claimReceipt(tx, receiptId, merged);
      if (claim === 'other') throw receiptConflict(receiptId);
      const alreadyReceived = claim === 'same';
      const levels = alreadyReceived
        ? await readLevels(
            tx,
            merged.map((line) => line.sku),
          )
        : await bookReceipt(tx, receiptId, merged);
      return { receiptId, alreadyReceived, lines: levels.map(({ sku, available }) => ({ sku, available })) };
    });
    this.afterCommit();
    return answer;
  }
}
