import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { FakeService } from '../gateway.mother.js';
import { Instances } from './instances.js';

const outlier = { failures: 3, withinSeconds: 15, outSeconds: 15 };

describe('the instances of a service', () => {
  let services: FakeService[];
  let instances: Instances;
  let now: number;

  const start = async (count: number): Promise<void> => {
    services = await Promise.all(Array.from({ length: count }, () => new FakeService().start()));
    const urls = services.map(({ port }) => `http://127.0.0.1:${port}`);
    instances = new Instances({ name: 'catalog', urls, outlier, connections: { short: 64, long: 8 }, now: () => now });
  };
  beforeEach(() => {
    now = 1_000;
  });
  afterEach(async () => {
    await instances.close();
    await Promise.all(services.map((service) => service.stop().catch(() => undefined)));
  });

  const call = async (method: 'GET' | 'POST' = 'GET', caller?: AbortSignal): Promise<number | string> => {
    try {
      const { status, body } = await instances.request(
        'short',
        { method, path: '/', ...(caller && { signal: caller }) },
        caller,
      );
      await body.dump();
      return status;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const calls = async (count: number): Promise<(number | string)[]> => {
    const answers = [];
    for (let one = 0; one < count; one++) answers.push(await call());
    return answers;
  };
  const loads = (): number[] => services.map(({ seen }) => seen.length);
  const out = (): boolean[] => instances.states().map(({ isOut }) => isOut);
  const service = (index: number): FakeService => {
    const found = services[index];
    if (found === undefined) throw new Error(`no service ${index}`);
    return found;
  };

  it('are asked in turn, the less busy ones first', async () => {
    await start(3);
    await calls(30);
    expect(loads()).toEqual([10, 10, 10]);
    service(0).handler = () => undefined;
    const hanging = new AbortController();
    const stuck = [call('GET', hanging.signal), call('GET', hanging.signal), call('GET', hanging.signal)];
    await calls(10);
    expect(service(0).seen.length).toBe(11);
    hanging.abort();
    await Promise.all(stuck);
  });

  it('an answer is under way until its last byte', async () => {
    await start(2);
    let finish = (): unknown => undefined;
    for (const one of services)
      one.handler = (_request, response) => {
        response.writeHead(200).write('x');
        finish = () => response.end();
      };
    const { body } = await instances.request('short', { method: 'GET', path: '/' });
    const busy = loads().indexOf(1);
    for (const one of services) one.answers(200, {});
    await calls(6);
    expect([service(busy).seen.length, service(1 - busy).seen.length]).toEqual([1, 6]);
    finish();
    await body.dump();
    const isIdle = () => instances.states().every(({ inFlight }) => inFlight === 0);
    await waitFor(isIdle, { what: 'the end of the answer' });
  });

  it('OFF-7: one that failed 3 times in 15 s gets no calls for 15 s, then one to prove itself', async () => {
    await start(2);
    service(0).answers(500, {});
    const answers = await calls(20);
    expect(answers.filter((status) => status === 500)).toHaveLength(3);
    expect(out()).toEqual([true, false]);
    now += 14_900;
    expect(await calls(10)).toEqual(Array(10).fill(200));
    now += 200;
    expect((await calls(10)).filter((status) => status === 500)).toHaveLength(1);
    expect(out()).toEqual([true, false]);
    now += 15_100;
    service(0).answers(200, {});
    expect(await calls(10)).toEqual(Array(10).fill(200));
    expect(out()).toEqual([false, false]);
  });

  it('OFF-7: failures that lie further apart are no reason', async () => {
    await start(2);
    service(0).answers(502, {});
    for (let one = 0; one < 8; one++) {
      await calls(2);
      now += 8_000;
    }
    expect(out()).toEqual([false, false]);
  });

  it('a caller who leaves is no failure of theirs', async () => {
    await start(2);
    for (const one of services) one.handler = () => undefined;
    for (let one = 0; one < 10; one++) {
      const leaving = new AbortController();
      const asked = call('GET', leaving.signal);
      setTimeout(() => leaving.abort(), 20);
      await asked;
    }
    expect(out()).toEqual([false, false]);
  });

  it('OFF-7: never more than half of them are left out', async () => {
    await start(3);
    for (const one of services) one.answers(503, {});
    await calls(30);
    expect(out().filter(Boolean)).toHaveLength(1);
    await instances.close();
    await Promise.all(services.map((one) => one.stop()));
    await start(1);
    service(0).answers(503, {});
    await calls(10);
    expect(out()).toEqual([false]);
  });

  it('a call that one of them never heard goes to another, a POST too', async () => {
    await start(3);
    await service(1).stop();
    expect(await Promise.all(Array.from({ length: 30 }, () => call('POST')))).toEqual(Array(30).fill(200));
    expect(loads()[0]).toBeGreaterThan(10);
    expect(out()).toEqual([false, true, false]);
    await Promise.all([0, 2].map((one) => service(one).stop()));
    expect(await call('POST')).toBe('upstream-unavailable');
  });

  it('a call that was heard goes to no other', async () => {
    await start(2);
    for (const one of services) one.handler = (_request, response) => void response.socket?.destroy();
    expect(await call('POST')).toBe('upstream-unavailable');
    expect(loads().reduce((sum, one) => sum + one, 0)).toBe(1);
  });
});
