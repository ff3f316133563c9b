import { describe, expect, it } from '@jest/globals';
import { renderOrder } from './render-order.ts';

const asker = { shop: { instance: 'default', gatewayUrl: 'http://127.0.0.1:8080' }, user: 'alice' };
const timeline = [{ step: 'placed', atMs: 0 }];

describe('an order for people', () => {
  it('is confirmed', () => {
    const text = renderOrder({ orderId: 'o1', orderStatus: 'confirmed', timeline }, asker);
    expect(text).toBe('  ✔ order o1 confirmed\n    placed 0 ms');
  });

  it('is rejected for a reason', () => {
    const text = renderOrder({ orderId: 'o1', orderStatus: 'rejected', rejection: 'out-of-stock', timeline }, asker);
    expect(text).toContain('✖ order o1 rejected: out-of-stock\n');
  });

  it('is no failure while it is on its way', () => {
    const text = renderOrder({ orderId: 'o1', orderStatus: 'stock-reserved', timeline }, asker);
    expect(text).toContain('… order o1 is still on its way (stock-reserved)');
    expect(text).toContain('look again: curl -s "http://127.0.0.1:8080/api/orders/o1?wait=10s"');
    expect(text).not.toContain('✖');
  });
});
