import { randomUUID } from 'node:crypto';
import type { OrderAccepted, Problem, PublicOrder } from '@souk/contracts';
import type { ApiAnswer, ApiClient } from '../../../cli/src/shop/api-client.ts';
import type { ShopContext } from '../../../cli/src/shop/context.ts';
import { History, type Operation } from './history.ts';

const ADDRESS = { name: 'Crash Test', street: '3 Market Lane', city: 'Gent', postalCode: '9000', country: 'BE' };
const ANSWER_MS = 15_000;
/** Said at the door, before anybody looks at the key: what became of an earlier attempt it does not tell. */
const TURNED_AWAY = new Set<unknown>([401, 403, 429]);

export interface Ware {
  readonly sku: string;
  readonly price: { readonly amount: number; readonly currency: string };
}
export interface Wish {
  readonly key: string;
  readonly lines: readonly { readonly ware: Ware; readonly quantity: number }[];
  readonly card?: 'tok_visa' | 'tok_declined';
}

type Told = Partial<Pick<OrderAccepted, 'orderId'> & Pick<Problem, 'code'> & PublicOrder>;

/** A customer of the public API who writes down every request and every answer. An answer that never came is `info`. */
export class Customer {
  readonly user: string;
  readonly history: History;
  /** What was asked for under each key, so that it can be asked again. */
  readonly wishes = new Map<string, Wish>();
  /** Orders that the shop has accepted. */
  readonly accepted = new Set<string>();
  readonly #api: Pick<ApiClient, 'send'>;
  readonly #tokenOf: ShopContext['token'];

  constructor(
    api: Pick<ApiClient, 'send'>,
    tokenOf: ShopContext['token'],
    history = new History(),
    user = `crash-${randomUUID().slice(0, 8)}`,
  ) {
    this.user = user;
    this.history = history;
    this.#api = api;
    this.#tokenOf = tokenOf;
  }

  /** Places an order; the same key always means the same body. Resolves to its id where the shop told one. */
  async place(wish: Wish): Promise<string | undefined> {
    this.wishes.set(wish.key, wish);
    const body = bodyOf(wish);
    const headers = { 'idempotency-key': wish.key };
    const told = await this.#tell('place', wish.key, { body, headers }, 'POST', '/api/orders');
    const orderId = told?.body.orderId;
    if (orderId !== undefined) this.accepted.add(orderId);
    return orderId;
  }

  /** The keys of which nobody can tell yet what became of them. */
  openKeys(): string[] {
    const [settled, unknown, turnedAway] = [new Set<string>(), new Set<string>(), new Set<string>()];
    for (const { f, key, type, value } of this.history.edges) {
      if (f !== 'place' || type === 'invoke') continue;
      if (type === 'info') unknown.add(key);
      else if (type === 'fail' && TURNED_AWAY.has(value['status'])) turnedAway.add(key);
      else settled.add(key);
    }
    return [...this.wishes.keys()].filter((key) => !settled.has(key) && (unknown.has(key) || !turnedAway.has(key)));
  }

  /** The newest wish that became an order. The record is shared: it may be of others, too. */
  grantedWish(): Wish | undefined {
    const granted = this.history.edges.findLast(
      ({ f, key, type }) => f === 'place' && type === 'ok' && this.wishes.has(key),
    );
    return granted && this.wishes.get(granted.key);
  }

  async cancel(orderId: string): Promise<void> {
    await this.#tell('cancel', orderId, {}, 'POST', `/api/orders/${orderId}/cancel`);
  }

  async return(orderId: string): Promise<void> {
    await this.#tell('return', orderId, {}, 'POST', `/api/orders/${orderId}/return`);
  }

  /** The order, undefined while the shop cannot tell. */
  async read(orderId: string, wait?: string): Promise<PublicOrder | undefined> {
    const path = `/api/orders/${orderId}${wait === undefined ? '' : `?wait=${wait}`}`;
    const told = await this.#tell('read', orderId, {}, 'GET', path);
    return told?.status === 200 ? (told.body as PublicOrder) : undefined;
  }

  async #tell(
    f: Operation,
    key: string,
    request: { body?: object; headers?: Record<string, string> },
    method: string,
    path: string,
  ) {
    const operation = this.history.invoke(f, key, { user: this.user, ...(request.body && { body: request.body }) });
    const answer = await this.#tokenOf(this.user)
      .then((token) => this.#api.send<Told>(method, path, { ...request, token, timeoutMs: ANSWER_MS }))
      .catch(() => undefined);
    if (answer === undefined) operation.info();
    else operation[kindOf(f, answer)](valueOf(f, answer));
    return answer;
  }
}

function bodyOf({ lines, card = 'tok_visa' }: Wish): object {
  const currency = lines[0]?.ware.price.currency ?? 'EUR';
  const amount = lines.reduce((sum, { ware, quantity }) => sum + ware.price.amount * quantity, 0);
  return {
    lines: lines.map(({ ware: { sku }, quantity }) => ({ sku, quantity })),
    expectedTotal: { amount, currency },
    address: ADDRESS,
    paymentMethod: { type: 'card', token: card },
  };
}

/** A 5xx may have come after the effect, and 409 to a place says that another attempt is under way. */
function kindOf(f: Operation, { status }: ApiAnswer): 'ok' | 'fail' | 'info' {
  if (status >= 500) return 'info';
  if (status < 300) return 'ok';
  return f === 'place' && status === 409 ? 'info' : 'fail';
}

function valueOf(f: Operation, { status, body }: ApiAnswer<Told>): Record<string, unknown> {
  if (f === 'read' && status === 200) return { status, version: body.version, orderStatus: body.status };
  return {
    status,
    ...(body.code !== undefined && { code: body.code }),
    ...(f === 'place' && body.orderId !== undefined && { orderId: body.orderId }),
  };
}
