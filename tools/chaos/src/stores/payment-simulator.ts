import type { PaymentKnobs } from '@souk/contracts';
import { ApiClient } from '../../../cli/src/shop/api-client.ts';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';

const ANSWERS_WITHIN_MS = 60_000;

/** Turns all knobs of the simulator; it may be on its way back from a crash. */
export async function turnKnobs(paymentUrl: string, knobs: PaymentKnobs): Promise<void> {
  const payment = new ApiClient(paymentUrl);
  await waitFor('payment takes its knobs', ANSWERS_WITHIN_MS, async () => {
    await payment.expect([200], 'PUT', '/knobs', { body: knobs, timeoutMs: 5_000 });
    return true;
  });
}

export const knobsOf = (paymentUrl: string): Promise<PaymentKnobs> =>
  new ApiClient(paymentUrl).expect<PaymentKnobs>([200], 'GET', '/knobs', { timeoutMs: 5_000 });
