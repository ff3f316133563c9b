import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { BreakerView } from '@souk/contracts';
import { ApiClient } from '../api-client.ts';
import { BreakerClient } from './breakers.ts';
import { renderList, reserveOf } from './render.ts';

const breaker = (change: Partial<BreakerView> = {}): BreakerView => ({
  name: 'catalog',
  process: 'gateway one 7',
  circuit: 'closed',
  forced: null,
  openForMs: null,
  lastError: null,
  lastChange: null,
  window: { calls: 0, failures: 0 },
  counts: { calls: 9, tries: 9, retries: 0, ok: 6, failed: 2, open: 1, full: 0, cancelled: 0 },
  bulkhead: { inUse: 1, queued: 0, places: 64 },
  ...change,
});

/** A gateway that answers everything so. */
function clientOf(status: number, body: unknown) {
  const seen: string[] = [];
  const fake: typeof fetch = async (input, init) => {
    seen.push(`${init?.method ?? 'GET'} ${new URL(String(input)).pathname}`);
    return Response.json(body, { status });
  };
  const token = async (user: string) => `token of ${user}`;
  const shop = { instance: 'default', gatewayUrl: 'http://shop.test', token };
  return { seen, client: new BreakerClient(shop, new ApiClient(shop.gatewayUrl, 'default', fake)) };
}

describe('CB-9: breakers from the command line', () => {
  it('are listed, each in a line, with what failed where one is not closed, and who did not answer', () => {
    const lastError = { message: 'no route', at: '2026-01-01T00:00:00.000Z' };
    const items = [
      breaker({ lastError }),
      breaker({ name: 'payment', circuit: 'open', openForMs: 1_400, lastError, bulkhead: null }),
      breaker({ name: 'order', circuit: 'open', forced: 'open' }),
    ];
    const lines = renderList({ items, missing: [{ service: 'order', reason: 'timeout' }] });
    expect(lines.map(stripVTControlCharacters)).toEqual([
      '  catalog                  closed  9 calls, 2 failed, 1 refused  1 of 64 under way, 0 waiting',
      '  payment                  open, 2 s to go  9 calls, 2 failed, 1 refused',
      '      no route (2026-01-01T00:00:00.000Z)',
      '  order                    open by hand  9 calls, 2 failed, 1 refused  1 of 64 under way, 0 waiting',
      "  ! order did not answer (timeout): its ambassador's are not here",
      '  reserve: 126 of 128 places are free (98 %)',
    ]);
  });

  it('BLK-10: say what their walls cost: the places that nobody has', () => {
    const bulkhead = (inUse: number, places: number | null) => breaker({ bulkhead: { inUse, queued: 0, places } });
    expect(reserveOf([bulkhead(16, 64), bulkhead(0, null), breaker({ bulkhead: null })])).toEqual({
      places: 64,
      inUse: 16,
      idlePercent: 75,
    });
    // More may be under way than there are places by now.
    expect(reserveOf([bulkhead(9, 4), bulkhead(0, 4)])).toEqual({ places: 8, inUse: 4, idlePercent: 50 });
    expect(reserveOf([])).toEqual({ places: 0, inUse: 0, idlePercent: 0 });
  });

  it('are held and let go by name', async () => {
    const { seen, client } = clientOf(200, breaker());
    await client.act('catalog', 'force-open');
    await client.act('a b', 'reset');
    expect(seen).toEqual(['POST /api/admin/breakers/catalog/force-open', 'POST /api/admin/breakers/a%20b/reset']);
  });

  it('that are not there are said to be so, with the way out', async () => {
    const { client } = clientOf(404, { code: 'breaker-not-found' });
    await expect(client.act('nobody', 'reset')).rejects.toMatchObject({
      message: "there is no breaker 'nobody'",
      fix: './souk breakers list',
    });
    const off = clientOf(409, { code: 'breaker-off' });
    await expect(off.client.act('catalog', 'force-open')).rejects.toMatchObject({
      message: "there is no breaker to hold for 'catalog'",
      fix: 'without that variant: ./souk restart gateway',
    });
    const other = clientOf(503, { code: 'read-only' });
    await expect(other.client.act('catalog', 'reset')).rejects.toMatchObject({ status: 503 });
  });
});
