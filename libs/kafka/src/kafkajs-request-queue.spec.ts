import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { mendRequestQueue } from './kafkajs-request-queue.js';

describe('the request queue of kafkajs', () => {
  beforeAll(() => {
    mendRequestQueue();
    mendRequestQueue();
  });
  let queue: RequestQueue;
  afterEach(() => queue.destroy());

  it('does not look again where nothing waits', () => {
    queue = new RequestQueue({ clientId: 'a', broker: 'b' });
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  it('looks again while the broker holds us back', () => {
    queue = new RequestQueue({ clientId: 'a', broker: 'b' });
    queue.throttledUntil = Date.now() + 60_000;
    queue.pending.push({});
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    expect(queue.pending).toHaveLength(1);
  });
});
