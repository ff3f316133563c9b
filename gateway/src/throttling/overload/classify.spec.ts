import { describe, expect, it } from '@jest/globals';
import { classify, LANE_NAMES } from './classify.js';

describe('what a request is to the door', () => {
  it.each([
    ['GET', '/api/products?page=2', 'catalog', 'browse', false],
    ['GET', '/api/pages/home', 'pages', 'browse', false],
    ['GET', '/api/recommendations', 'recommendation', 'bulk', false],
    ['POST', '/api/batch', 'batch', 'bulk', false],
    ['POST', '/api/orders', 'order', 'checkout', false],
    ['PUT', '/api/cart', 'order', 'checkout', false],
    ['GET', '/api/orders/1', 'order', 'browse', false],
    ['GET', '/api/orders/1?wait=5s', 'waiting', 'browse', true],
    ['HEAD', '/api/orders/1?a=b&wait=30s', 'waiting', 'browse', true],
    ['GET', '/api/orders/1?%77ait=5%73', 'waiting', 'browse', true],
    ['GET', '/api/orders/1?wait=', 'order', 'browse', false],
    ['GET', '/api/orders/1?wait=0s', 'order', 'browse', false],
    ['GET', '/api/orders/1?wait=00s', 'order', 'browse', false],
    ['GET', '/api/orders/1?wait=5s&wait=5s', 'order', 'browse', false],
    ['GET', '/api/orders/1?await=5s', 'order', 'browse', false],
    ['GET', '/api/orders/1/history?wait=5s', 'order', 'browse', false],
    ['GET', '/api/products?wait=5s', 'catalog', 'browse', false],
    ['POST', '/api/orders/1?wait=5s', 'order', 'checkout', false],
    ['POST', '/api/batch?wait=5s', 'batch', 'bulk', false],
    ['POST', '/api/orders/1/stream', 'order', 'checkout', false],
    ['GET', '/api/orders/1/stream', 'waiting', 'browse', true],
    ['GET', '/api/admin/reports/days', 'admin', 'bulk', false],
    ['GET', '/api/admin/throttle', 'admin', 'checkout', false],
    ['GET', '/auth/login?returnTo=/', 'other', 'checkout', false],
    ['GET', '/docs', 'other', 'browse', false],
    ['POST', '/whatever', 'other', 'browse', false],
    ['GET', '/api/__proto__', 'other', 'browse', false],
  ])('%s %s is in lane %s, %s', (method, target, lane, priority, waits) => {
    expect(classify(method, target)).toEqual({ lane, priority, waits });
    expect(LANE_NAMES).toContain(lane);
  });

  it('makes one object for all of a kind', () => {
    expect(classify('GET', '/api/products/1')).toBe(classify('GET', '/api/categories'));
  });
});
