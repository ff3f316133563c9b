import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Payment, TEST_TOKENS } from '@souk/contracts';

/** A payment provider with a memory: the same key gives the same answer. */
export class ScriptedPayment {
  readonly payments = new Map<string, Payment>();
  readonly calls: string[] = [];
  /** Answers to come that are 503 instead. */
  failures = 0;
  readonly #byKey = new Map<string, string>();
  readonly #server: Server = createServer((request, response) => void this.#handle(request, response));

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  of(orderId: string): string[] {
    return [...this.payments.values()].filter((payment) => payment.orderId === orderId).map(({ status }) => status);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse((await text(request)) || '{}') as Payment & { method?: { token: string } };
    const key = String(request.headers['idempotency-key']);
    this.calls.push(key);
    const failing = this.failures > 0;
    if (failing) this.failures -= 1;
    const payment = failing ? undefined : this.#pay(request.url ?? '', key, body);
    response.writeHead(payment ? 201 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(payment ?? {}));
  }

  #pay(
    url: string,
    key: string,
    { orderId, amount, method }: Payment & { method?: { token: string } },
  ): Payment | undefined {
    const [, , target = '', verb] = url.split('/');
    if (target !== 'authorise') return this.#move(target, verb);
    const paymentId = this.#byKey.get(key) ?? randomUUID();
    this.#byKey.set(key, paymentId);
    const status = method?.token === TEST_TOKENS.declined ? 'declined' : 'authorised';
    const known = this.payments.get(paymentId);
    if (!known) this.payments.set(paymentId, { paymentId, orderId, amount, status });
    return this.payments.get(paymentId);
  }

  #move(paymentId: string, verb: string | undefined): Payment | undefined {
    const payment = this.payments.get(paymentId);
    if (!payment) return undefined;
    const status = verb === 'void' ? 'voided' : verb === 'refund' ? 'refunded' : 'captured';
    this.payments.set(paymentId, { ...payment, status });
    return this.payments.get(paymentId);
  }
}
