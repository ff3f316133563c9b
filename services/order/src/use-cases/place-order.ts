import { ORDER_ID_ATTRIBUTE, type OrderAccepted, type PlaceOrder as PlaceOrderBody } from '@souk/contracts';
import { failpoint } from '@souk/failpoints';
import { canonicalHash } from '@souk/http';
import { batcher } from '@souk/outbox';
import { currentSpan, withSpan } from '@souk/observability';
import type pg from 'pg';
import { type Cart, assertVersion } from '../domain/cart.js';
import { OrderError } from '../domain/order.errors.js';
import { assertTotal, priceLines, totalOf, type Wish } from '../domain/pricing.js';
import { AFTER_CHECKOUT, BEFORE_ANSWER } from '../failpoints.js';
import { causeOfRequest } from '../messaging/order-messages.js';
import { type Checkout, readCheckout, type RequestKey, type StoredAnswer } from '../persistence/checkout.js';
import type { OrderStore, Placement } from '../persistence/order-store.js';
import type { AfterCommit } from '../saga/after-commit.js';
import { place } from '../saga/order-process.js';

export interface PlaceOrderCommand {
  readonly userId: string;
  readonly idempotencyKey: string;
  readonly body: PlaceOrderBody;
}

export interface PlaceOrderParts {
  readonly pool: pg.Pool;
  readonly store: OrderStore;
  readonly afterCommit: AfterCommit;
  readonly reservationTtlMs: number;
  /** Read with each order: it becomes part of its terms. */
  readonly returnDays: () => number;
  readonly now: () => Date;
  readonly newId: () => string;
}

const ROUTE = 'POST /orders';
type Answer = StoredAnswer['response'];

/**
 * Pattern: Queue-Based Load Leveling (the intake). Accepts an order: one statement holds the key of the request, the order, its first
 * event, its saga and its messages; what is to be done about it waits in queues.
 */
export class PlaceOrder {
  constructor(private readonly parts: PlaceOrderParts) {}

  /** The answer to this request, or to its first occurrence. @throws OrderError; a refusal is not kept for the key */
  async execute({ userId, idempotencyKey, body }: PlaceOrderCommand): Promise<Answer> {
    const request = { principal: userId, route: ROUTE, key: idempotencyKey };
    const bodyHash = canonicalHash(body);
    const checkout = await this.checkout(request, body);
    if (checkout.answer) return replay(checkout.answer, bodyHash);
    const placement = this.placement({ ...request, bodyHash }, body, checkout);
    await failpoint(AFTER_CHECKOUT);
    if (await this.commit(placement).catch(refuseSecondCheckout)) return this.answered(placement);
    // A request with the same key won the race; its answer is committed, because the losing insert waited for it. Without an
    // answer it was the cart that changed meanwhile.
    const { answer } = await this.checkout(request, body);
    if (!answer) throw new OrderError('cart-version');
    return replay(answer, bodyHash);
  }

  private async answered({ response }: Placement): Promise<Answer> {
    await failpoint(BEFORE_ANSWER);
    return response;
  }

  private checkout(request: RequestKey, body: PlaceOrderBody): Promise<Checkout> {
    return readCheckout(this.parts.pool, request, body.lines?.map(({ sku }) => sku) ?? []);
  }

  private placement(request: Placement['request'], body: PlaceOrderBody, checkout: Checkout): Placement {
    const { newId, now, reservationTtlMs, returnDays } = this.parts;
    const lines = priceLines(body.lines ?? linesOf(checkout.cart, body.cartVersion), checkout.products);
    const total = totalOf(lines);
    assertTotal(total, body.expectedTotal);
    const orderId = newId();
    const at = now();
    const { address, paymentMethod, cartVersion } = body;
    const terms = { address, paymentMethod, returnDays: returnDays() };
    const details = { orderId, userId: request.principal, lines, total, ...terms };
    const change = place(details, new Date(at.getTime() + reservationTtlMs), at);
    const response = { status: 202, body: accepted(orderId, total) };
    return { change, cartVersion, request, response, cause: causeOfRequest(request.principal), now: at };
  }

  /** The span shows what waiting for others costs: the statement itself is shared by all that arrived together. */
  private commit(placement: Placement): Promise<boolean> {
    const attributes = { [ORDER_ID_ATTRIBUTE]: placement.change.record.order.orderId };
    currentSpan()?.setAttributes(attributes);
    return withSpan('commit order', { attributes }, () => this.write(placement));
  }

  private readonly write = batcher(async (placements: Placement[]) => {
    const written = await this.parts.store.place(this.parts.pool, placements);
    await this.parts.afterCommit.committed(
      placements
        .filter((_, i) => written[i])
        // It begins with the reservation, which is a message.
        .map(({ change }) => ({ orderId: change.record.order.orderId, owesCall: false })),
    );
    return written;
  });
}

function linesOf(cart: Cart, seen = 0): readonly Wish[] {
  assertVersion(cart, seen);
  if (cart.lines.length === 0) throw new OrderError('cart-empty');
  return cart.lines;
}

function replay({ bodyHash, response }: StoredAnswer, asked: string): Answer {
  if (bodyHash !== asked) throw new OrderError('idempotency-key-reused');
  return response;
}

/** Two requests for the same state of a cart under different keys: the second finds it ordered. */
function refuseSecondCheckout(error: unknown): never {
  if (error instanceof Error && 'constraint' in error && error.constraint === 'orders_cart_once') {
    throw new OrderError('cart-version', 'This cart has just been ordered; read it again.');
  }
  throw error;
}

function accepted(orderId: string, total: OrderAccepted['total']): OrderAccepted {
  const self = `/api/orders/${orderId}`;
  return { orderId, status: 'placed', total, links: { self, history: `${self}/history`, stream: `${self}/stream` } };
}
