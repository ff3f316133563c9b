import { describe, expect, it } from '@jest/globals';
import { place } from '../saga/order-process.js';
import { anOrder, asFacts, details, NOON, path } from '../test/order.mother.js';
import { historyOf } from '../views/order-history.js';
import { messagesOf, toPublicOrder } from './order-messages.js';

const alice = { sub: 'alice', roles: [] };
const secrets = [details().paymentMethod.token, 'paymentMethod'];

describe('ES-10: how the customer pays', () => {
  const change = place(details(), new Date(Date.parse(NOON) + 900_000), new Date(NOON));

  it.each<[string, () => unknown]>([
    ['the order as others see it', () => toPublicOrder(anOrder(...path.confirmed), 6)],
    ['the history of an order', () => historyOf(asFacts(path.confirmed), alice)],
    ['messages to others', () => messagesOf(change, new Date(NOON), {})],
  ])('is not in %s', (_, shown) => {
    const text = JSON.stringify(shown());
    expect(text).toContain('TEAPOT');
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  it('nor is the address repeated in every history', () => {
    expect(JSON.stringify(historyOf(asFacts(path.confirmed), alice))).not.toContain(details().address.street);
  });
});
