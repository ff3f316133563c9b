import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { type Shot, SteadyLoad } from '../routing/routing.mother.js';
import { LimitedGateway } from './limited-gateway.mother.js';

const LIMIT = 100;
const FLOOD_PER_SECOND = 300;
const FLOOD = 20 * LIMIT;
/** Far from the limit however long the flood may take. */
const CALM_PER_SECOND = 10;

/** How long anybody waits is measured by `./souk bench gateway`, rows `gateway.flood`. */
describe('somebody who asks for twenty times their limit', () => {
  let gateway: LimitedGateway;
  afterEach(() => gateway.close());

  /** `flood` until it has sent all it has to, `calm` as long. */
  async function both(env: Record<string, string> = {}): Promise<{ flood: Shot[]; calm: Shot[] }> {
    gateway = await LimitedGateway.start({ limitUser: LIMIT }, env);
    const as = async (sub: string, perSecond: number): Promise<SteadyLoad> => {
      const headers = { authorization: `Bearer ${await gateway.tokenOf(sub)}` };
      return new SteadyLoad(gateway.port, perSecond, () => ({ target: `/api/stock/${sub}`, headers }));
    };
    const [flood, calm] = [await as('flood', FLOOD_PER_SECOND), await as('calm', CALM_PER_SECOND)];
    try {
      await waitFor(() => flood.sent >= FLOOD, { timeoutMs: 30_000, what: 'the flood' });
    } finally {
      await Promise.all([flood.stop(), calm.stop()]);
    }
    return { flood: await flood.stop(), calm: await calm.stop() };
  }
  const reached = (sub: string): number => gateway.service.seen.filter(({ url }) => url.endsWith(`/${sub}`)).length;
  const answered = (shots: readonly Shot[], wanted: number): number =>
    shots.filter(({ status }) => status === wanted).length;

  it('THR-3 has that and no more, is told so, and is all that is refused', async () => {
    const { flood, calm } = await both();
    expect([answered(flood, 200), answered(flood, 429)]).toEqual([LIMIT, flood.length - LIMIT]);
    expect(calm.length).toBeGreaterThan(((FLOOD / FLOOD_PER_SECOND) * CALM_PER_SECOND) / 2);
    expect(calm.filter(({ status }) => status !== 200)).toEqual([]);
    // What is refused costs the service nothing.
    expect([reached('flood'), reached('calm')]).toEqual([LIMIT, calm.length]);
    const metrics = await gateway.metrics();
    for (const [outcome, count] of [
      ['allowed', LIMIT + calm.length],
      ['refused', flood.length - LIMIT],
    ])
      expect(metrics).toContain(`souk_throttle_requests_total{tier="user",outcome="${outcome}"} ${count}\n`);
  }, 60_000);

  it('THR-3 would reach the service with everything, with throttle-off', async () => {
    const { flood } = await both({ SOUK_VARIANTS: 'throttle-off' });
    expect([answered(flood, 200), reached('flood')]).toEqual([flood.length, flood.length]);
  }, 60_000);
});
