import { describe, expect, it } from '@jest/globals';
import { isFinal, lookAgain } from './order-outcome.ts';

describe('the outcome of an order', () => {
  it.each(['confirmed', 'rejected', 'cancelled', 'shipped', 'refunded'])('is known at %s', (status) =>
    expect(isFinal(status)).toBe(true),
  );

  it.each(['placed', 'stock-committed', 'cancel-requested', 'return-requested'])('is open at %s', (status) =>
    expect(isFinal(status)).toBe(false),
  );

  it('can be asked for again, as the user who placed it', () => {
    const shop = { instance: 'blue', gatewayUrl: 'http://127.0.0.1:14080' };
    expect(lookAgain(shop, 'o1', 'bob')).toBe(
      'curl -s "http://127.0.0.1:14080/api/orders/o1?wait=10s" -H "authorization: Bearer $(./souk token bob --instance blue)"',
    );
  });
});
