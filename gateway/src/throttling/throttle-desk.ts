import type { ThrottleView } from '@souk/contracts';
import { CodedError } from '@souk/http';
import type { Blocks } from './blocks.js';
import type { Ledger } from './ledger.js';

const SHOWN = 50;

/** What admins see of the throttling, and how they let somebody in again. */
export class ThrottleDesk {
  readonly #ledger: Ledger;
  readonly #blocks: Blocks;
  readonly #now: () => number;

  constructor(ledger: Ledger, blocks: Blocks, now: () => number) {
    this.#ledger = ledger;
    this.#blocks = blocks;
    this.#now = now;
  }

  show(): ThrottleView {
    return {
      counting: this.#ledger.isShared ? 'together' : 'alone',
      blocked: this.#blocks
        .list(this.#now())
        .map(({ caller, until }) => ({ caller, until: new Date(until).toISOString() })),
      usage: this.#ledger.usage.top(SHOWN),
    };
  }

  /** @throws CodedError 404 `caller-not-blocked`; 503 `throttle-store-unavailable`: the other replicas do not know of it then */
  async unblock(caller: string): Promise<void> {
    const wasBlocked = await this.#blocks.unblock(caller).catch((cause: unknown) => {
      throw new CodedError('unavailable', 'throttle-store-unavailable', 'The other gateways cannot be told now.', {
        retryAfterSeconds: 1,
        cause,
      });
    });
    if (!wasBlocked) throw new CodedError('not-found', 'caller-not-blocked', 'Nobody of that name is blocked.');
  }
}
