import type { Comparison } from '../../../cli/src/shop/audit/checks.ts';
import { compareLedgers, isOversold, isUnexplained } from '../../../cli/src/shop/audit/checks.ts';
import { compareTopics } from '../../../cli/src/shop/audit/compare-topics.ts';
import type { Facts } from '../../../cli/src/shop/audit/facts.ts';
import { readLedgers } from '../../../cli/src/shop/audit/read-ledgers.ts';
import { positionsNow, TopicAudit } from '../../../cli/src/shop/audit/read-topics.ts';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { checkHistory } from '../history/check-history.ts';
import type { Edge } from '../history/history.ts';
import { isWanted, OF_STOCK } from './checked.ts';
import { compareEarlier, type EarlierOrders, earlierOrders } from './earlier-orders.ts';
import { lateTerms, type Scope, scopeRecords, scopeTo } from './scope.ts';

type Urls = Readonly<Record<string, string>>;
/** A server that has just come back says for a moment that it leads nothing, or that it still recovers. */
const READABLE_WITHIN_MS = 30_000;

/**
 * All books of the shop, compared for the orders of this run and for those that were right before it: what was wrong already counts
 * as it was found. Topics are compared for the orders of this run: older ones have nothing to say any more.
 */
export class Books {
  readonly #urls: Urls;
  readonly #wanted: readonly string[] | undefined;
  readonly #earlier: EarlierOrders;
  readonly #wrongBefore: ReadonlySet<string>;
  readonly #lateTerms: ReadonlySet<string>;
  readonly #positions: Awaited<ReturnType<typeof positionsNow>>;
  #topics: TopicAudit | undefined;

  private constructor(
    urls: Urls,
    wanted: readonly string[] | undefined,
    before: Facts,
    positions: Awaited<ReturnType<typeof positionsNow>>,
  ) {
    this.#urls = urls;
    this.#wanted = wanted;
    this.#positions = positions;
    this.#earlier = earlierOrders(before);
    this.#wrongBefore = new Set(wrongSkus(before));
    this.#lateTerms = lateTerms(before);
  }

  /** @param wanted ids of invariants, all without it */
  static async open(urls: Urls, wanted: readonly string[] | undefined): Promise<Books> {
    const positions = await positionsNow(urls);
    return new Books(urls, wanted, await readLedgers(urls), positions);
  }

  /** @param edges what visitors were told */
  check(edges: readonly Edge[]): Promise<Comparison[]> {
    return waitFor('the books can be read', READABLE_WITHIN_MS, async () => {
      const read = await readLedgers(this.#urls);
      const scope = this.#scope(read);
      const facts = scopeTo(read, scope);
      // Connected only now: a consumer that saw the fault would need as long as the shop to get over it.
      this.#topics ??= await TopicAudit.open(this.#urls, this.#positions);
      const ofRun = { ...scope, earlier: scope.earlier.union(this.#watched()) };
      const topics = scopeRecords(await this.#topics.look(scopeTo(read, ofRun)), ofRun);
      const ledgers = compareLedgers(facts).map((one) => this.#saying(one));
      const all = [
        ...compareEarlier(this.#earlier, read),
        ...ledgers,
        ...compareTopics(topics),
        ...checkHistory(edges, facts),
      ];
      return all.filter(({ id }) => isWanted(id, this.#wanted));
    });
  }

  async close(): Promise<void> {
    await this.#topics?.close();
  }

  #scope({ stock }: Facts): Scope {
    const skus = stock.flatMap(({ sku }) => (this.#wrongBefore.has(sku) ? [] : [sku]));
    return { earlier: this.#earlier.leftOut, skus: new Set(skus), lateTerms: this.#lateTerms };
  }

  #watched(): Set<string> {
    return new Set(this.#earlier.watched.keys());
  }

  /** That of stock says what it has left out. */
  #saying(comparison: Comparison): Comparison {
    const { size } = this.#wrongBefore;
    if (!OF_STOCK.includes(comparison.id) || size === 0) return comparison;
    return { ...comparison, compared: `${comparison.compared}, without ${size} that did not add up before` };
  }
}

const wrongSkus = ({ stock }: Facts): string[] =>
  stock.filter((row) => isUnexplained(row) || isOversold(row)).map(({ sku }) => sku);
