// Pattern: Scheduler Agent Supervisor (the agent)
import { ORDER_ID_ATTRIBUTE } from '@souk/contracts';
import { failpoint } from '@souk/failpoints';
import { Signal } from '@souk/outbox';
import { withSpan } from '@souk/observability';
import type { Resilient } from '@souk/resilience';
import type { Reply } from '@souk/saga';
import type { AppLogger } from '@souk/service-kit';
import { AFTER_CALL, AFTER_RECORD, BEFORE_CALL, BEFORE_CLAIM } from '../failpoints.js';
import type { RemoteCall, RemoteCalls } from '../persistence/remote-calls.js';
import { type PaymentClient, PaymentRefused } from './payment-client.js';

/** Calls under way at once. */
export const CONCURRENCY = 32;
const POLL_MS = 1_000;
/** Claimed at each look even where newborn calls have every hand: what was given back before must have its turn, too. */
const NOBODYS_AT_LEAST = 4;
/** Kept free at the end of a claim for recording the answer: afterwards the call may be somebody else's. */
const RECORD_MS = 1_000;
/** Own calls that may wait for a hand: a good deal of what is done in a second. */
export const WAITING = 4 * CONCURRENCY;

export interface PaymentAgentParts {
  readonly calls: RemoteCalls;
  /** How long a call that is claimed may take. */
  readonly claimMs: number;
  readonly payment: Pick<PaymentClient, 'carryOut'>;
  readonly policy: Resilient;
  /** Makes the answer durable. */
  readonly record: (call: RemoteCall, reply: Reply) => Promise<void>;
  /** Notified after each commit that may have written calls. */
  readonly wake: Signal;
  readonly logger: Pick<AppLogger, 'warn' | 'error'>;
}

/**
 * Carries out the calls that are claimed for this process, outside of any transaction, and records their answers. A call
 * that fails goes back, for any agent to try again; one whose answer is not recorded, because the process died, is freed by
 * the supervisor.
 */
export class PaymentAgent {
  readonly #underWay = new Map<string, Promise<void>>();
  /** Since the owed calls were asked for: what was read may tell of them as they were before. */
  readonly #ended = new Set<string>();
  #running = false;
  #claimedAt = -Infinity;
  /** Whether calls wait for one of those under way to end. */
  #isMoreOwed = false;
  /** Whether the last claim was cut off by its limit, as when a provider comes back after an outage, or more waited than is kept. */
  #areMoreNobodys = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly parts: PaymentAgentParts) {}

  start(): void {
    this.#running = true;
    this.#loop = this.#run();
  }

  /** Finishes the calls under way. */
  async stop(): Promise<void> {
    this.#running = false;
    this.parts.wake.notify();
    await this.#loop;
    await Promise.all(this.#underWay.values());
  }

  async #run(): Promise<void> {
    while (this.#running) {
      await this.#takeMore().catch((err: unknown) =>
        this.parts.logger.warn({ err }, 'the owed payment calls cannot be read'),
      );
      await this.parts.wake.wait(POLL_MS);
    }
  }

  async #takeMore(): Promise<void> {
    // New calls are born claimed: asking for those of nobody with every commit would be for nothing.
    const hasHands = this.#underWay.size <= CONCURRENCY / 2;
    if (performance.now() - this.#claimedAt >= POLL_MS || (this.#areMoreNobodys && hasHands)) {
      this.#claimedAt = performance.now();
      await this.#mindClaims();
    }
    this.#isMoreOwed = this.#underWay.size >= CONCURRENCY;
    if (this.#isMoreOwed) return;
    this.#ended.clear();
    for (const call of await this.parts.calls.mine(2 * CONCURRENCY)) {
      const id = `${call.orderId}:${call.operation}`;
      if (this.#underWay.has(id) || this.#ended.has(id)) continue;
      if (this.#underWay.size >= CONCURRENCY) return void (this.#isMoreOwed = true);
      const work = this.#make(call).finally(() => {
        this.#underWay.delete(id);
        this.#ended.add(id);
        if (this.#isMoreOwed || this.#areMoreNobodys) this.parts.wake.notify();
      });
      this.#underWay.set(id, work);
    }
  }

  async #mindClaims(): Promise<void> {
    const { calls, claimMs } = this.parts;
    await failpoint(BEFORE_CLAIM);
    const wanted = Math.max(NOBODYS_AT_LEAST, CONCURRENCY - this.#underWay.size);
    this.#areMoreNobodys = (await calls.claim(wanted, claimMs)) === wanted;
    const begun = [...this.#underWay.keys()].map((id) => id.split(':', 1)[0] ?? id);
    if (this.#isMoreOwed && (await calls.renew(begun, claimMs, WAITING)) > 0) this.#areMoreNobodys = true;
  }

  async #make(call: RemoteCall): Promise<void> {
    const { payment, policy, record } = this.parts;
    try {
      await asSpan(call, async (call) => {
        await failpoint(BEFORE_CALL);
        const deadlineMs = Math.max(1, call.leftMs - RECORD_MS);
        const endsAt = performance.now() + deadlineMs;
        const reply = await policy.execute((signal) => payment.carryOut(call, { signal, endsAt }), { deadlineMs });
        await failpoint(AFTER_CALL);
        await record(call, reply);
        await failpoint(AFTER_RECORD);
      });
    } catch (err) {
      await this.#giveBack(call, err);
    }
  }

  async #giveBack(call: RemoteCall, err: unknown): Promise<void> {
    const { calls, logger } = this.parts;
    const { orderId, operation } = call;
    const refused = err instanceof PaymentRefused;
    // Faster than once a second only for a provider that answers: one that is away is not asked for everything that is owed, again and again.
    if (!refused) this.#areMoreNobodys = false;
    if (refused) logger.error({ orderId, operation, err }, 'payment refused a call for good: needs attention');
    await calls
      .handBack(call, err instanceof Error ? err.message : String(err), refused)
      .catch((cause: unknown) =>
        logger.warn({ orderId, operation, err: cause }, 'a failed call waits for the end of its claim'),
      );
  }
}

/** The call belongs to the trace of the request that led to it, and so does what its answer sets off. */
function asSpan({ context, ...call }: RemoteCall, work: (call: RemoteCall) => Promise<void>): Promise<void> {
  const { traceparent: parent, correlationId = call.orderId } = context;
  const attributes = { [ORDER_ID_ATTRIBUTE]: call.orderId, 'souk.payment.operation': call.operation };
  return withSpan(`payment ${call.operation}`, { parent, correlationId, attributes }, ({ traceparent }) =>
    work({ ...call, context: { ...context, traceparent } }),
  );
}
