import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SteadyLoad } from '../routing/routing.mother.js';
import { LimitedGateway } from './limited-gateway.mother.js';

const PER_SECOND = 200;
const CHANGES = 12;
const BETWEEN = 50;
/** Out of reach, and another one at each step. */
const limitOf = (step: number): number => 1_000_000 + step;

describe('limits that change under 200 requests a second', () => {
  let gateway: LimitedGateway;
  let load: SteadyLoad;
  beforeEach(async () => {
    gateway = await LimitedGateway.start({ limitUser: limitOf(0) });
    // So that calls are under way whenever a limit changes.
    gateway.service.handler = (_request, response) => void setTimeout(() => response.end('{}'), 20);
    const headers = { authorization: `Bearer ${await gateway.tokenOf('alice')}` };
    load = new SteadyLoad(gateway.port, PER_SECOND, (shot) => ({ target: `/api/stock/S-${shot}`, headers }));
  }, 40_000);
  afterEach(async () => {
    await load.stop();
    await gateway.close();
  });

  /** The first shot that nothing but this limit, or a later one, may judge. */
  const change = async (limitUser: number): Promise<number> => {
    await gateway.put({ limitUser });
    const first = load.sent;
    await load.more(BETWEEN);
    // The next change would overtake those that are under way.
    await load.settled();
    return first;
  };

  it('THR-8 lose none, and each limit is in force from the moment on that it is said to be', async () => {
    await load.more(BETWEEN);
    const firsts = [0];
    for (let step = 1; step <= CHANGES; step += 1) firsts.push(await change(limitOf(step)));
    const shots = await load.stop();
    expect(shots.filter(({ status }) => status !== 200)).toEqual([]);
    const steps = shots.map(({ policy }) => Number(/^"user";q=(\d+);w=3600$/.exec(policy ?? '')?.[1]) - limitOf(0));
    expect([...new Set(steps)].sort((a, b) => a - b)).toEqual(firsts.map((_, step) => step));
    // From its first shot on nothing older; before the change after it was begun, nothing newer.
    const wrong = steps.filter((step, shot) => {
      const due = firsts.findLastIndex((first) => first <= shot);
      return step !== due && step !== due + 1;
    });
    expect(wrong).toEqual([]);
    expect(shots.length).toBeGreaterThan(CHANGES * BETWEEN);
  }, 60_000);

  it('THR-8 refuse at once when there is less, and nobody any more when there is enough again', async () => {
    await load.more(BETWEEN);
    const low = await change(1);
    const enough = await change(limitOf(1));
    const shots = await load.stop();
    const answers = (from: number, to?: number) => [...new Set(shots.slice(from, to).map(({ status }) => status))];
    expect(answers(low, low + BETWEEN)).toEqual([429]);
    expect(answers(enough)).toEqual([200]);
    expect(shots.filter(({ status }) => status !== 200 && status !== 429)).toEqual([]);
  }, 60_000);
});
