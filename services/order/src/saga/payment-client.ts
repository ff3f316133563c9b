import { type AuthorisePayment, authorisePayment, type Payment, payment, problem } from '@souk/contracts';
import { CodedError, type HttpClient } from '@souk/http';
import type { Reply } from '@souk/saga';
import { z } from 'zod';
import type { RemoteCall } from '../persistence/remote-calls.js';

/** The provider refused for good: asking again gives the same answer. */
export class PaymentRefused extends Error {
  override readonly name = 'PaymentRefused';
  readonly kind = 'unprocessable';
  readonly code = 'payment-refused';

  /** With `hadNoEffect` the provider refuses what the request says, hence every try of it: none took any money. */
  constructor(
    message: string,
    readonly hadNoEffect = false,
  ) {
    super(message);
  }
}

const reference = z.object({ orderId: z.uuid(), paymentId: z.uuid() });
const voidable = authorisePayment.extend({ paymentId: z.uuid().optional() });

/** Statuses and codes after which the same request may yet succeed: of time, of load, and of credentials, which change under it. */
const PASSING = new Set<unknown>([401, 403, 407, 408, 425, 429, 'idempotency-key-in-flight']);

export interface CallLimits {
  readonly signal: AbortSignal;
  /** When nobody waits for the answer any more, in the time of `performance.now()`. */
  readonly endsAt: number;
}

/** Carries out the payment operations of the saga over HTTP. A repeat has the same Idempotency-Key, hence the same outcome. */
export class PaymentClient {
  constructor(private readonly http: Pick<HttpClient, 'request'>) {}

  /** @throws PaymentRefused or CodedError (unavailable, timeout) */
  async carryOut(
    { operation, payload }: Pick<RemoteCall, 'operation' | 'payload'>,
    limits: CallLimits,
  ): Promise<Reply> {
    switch (operation) {
      case 'authorise':
        return this.authorise(authorisePayment.parse(payload), limits);
      case 'void':
        return this.void(voidable.parse(payload), limits);
      case 'capture':
        await this.settle(reference.parse(payload), operation, limits);
        return { type: 'payment.captured' };
      case 'refund':
        await this.settle(reference.parse(payload), operation, limits);
        return { type: 'payment.refunded' };
      default:
        throw new PaymentRefused(`there is no operation ${operation}`);
    }
  }

  /** Anything but a refusal of the request itself may come after a try that took the money and whose answer was lost. */
  private async authorise(body: AuthorisePayment, limits: CallLimits): Promise<Reply> {
    try {
      return await this.charge(body, limits);
    } catch (error) {
      if (error instanceof PaymentRefused && error.hadNoEffect) return { type: 'payment.failed' };
      throw error;
    }
  }

  /** @throws PaymentRefused or CodedError */
  private async charge(body: AuthorisePayment, limits: CallLimits): Promise<Reply> {
    const { status, paymentId } = await this.post('/payments/authorise', `${body.orderId}:authorise`, body, limits);
    return status === 'declined' ? { type: 'payment.declined' } : { type: 'payment.authorised', result: paymentId };
  }

  /**
   * An authorisation of unknown outcome is repeated to learn its payment: a mere look could miss one that is still on its way. Where the
   * repeat is refused, the first may have taken the money all the same: that is a matter for a person.
   */
  private async void({ paymentId, ...charge }: z.infer<typeof voidable>, limits: CallLimits): Promise<Reply> {
    const known = paymentId ?? (await this.authorise(charge, limits)).result;
    if (typeof known === 'string') await this.settle({ orderId: charge.orderId, paymentId: known }, 'void', limits);
    return { type: 'payment.voided' };
  }

  private settle(
    { orderId, paymentId }: z.infer<typeof reference>,
    verb: string,
    limits: CallLimits,
  ): Promise<Payment> {
    return this.post(`/payments/${paymentId}/${verb}`, `${orderId}:${verb}`, {}, limits);
  }

  /** The deadline travels along, so that whoever tries again on the way (the ambassador) answers before it. */
  private async post(path: string, key: string, body: object, { signal, endsAt }: CallLimits): Promise<Payment> {
    const left = Math.max(0, Math.floor(endsAt - performance.now()));
    const headers = { 'idempotency-key': key, 'x-deadline-ms': String(left) };
    const answer = await this.http.request({ method: 'POST', path, headers, body, signal });
    const text = await answer.body.text();
    if (answer.status < 300) return payment.parse(JSON.parse(text));
    const code = codeOf(text);
    const message = `${path} answered ${answer.status} ${code}`;
    if (answer.status < 500 && !PASSING.has(answer.status) && !PASSING.has(code))
      throw new PaymentRefused(message, code === 'validation-failed');
    throw new CodedError('unavailable', 'payment-unavailable', message);
  }
}

function codeOf(text: string): string {
  try {
    return problem.parse(JSON.parse(text)).code;
  } catch {
    return 'without a code';
  }
}
