import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Bench, median, until } from './link.fixture.ts';

/** What this machine may add, however busy it is. */
const SLACK_MS = 100;
/** Of so many the shortest tells what a bandwidth does: a busy machine only ever adds to it. */
const ROUNDS = 5;

describe('toxics of time on a link', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.open();
  });

  afterEach(() => bench.close());

  async function echoes(count: number): Promise<number[]> {
    const { client } = await bench.connected();
    const times: number[] = [];
    for (let made = 0; made < count; made += 1) times.push(await client.echo('ping'));
    return times;
  }

  it('without any it costs a few milliseconds at most', async () => {
    expect(median(await echoes(50))).toBeLessThan(10);
  });

  it('a latency of 200 ms is measured as 200 ms', async () => {
    await bench.add({ type: 'latency', latency: 200 });
    const times = await echoes(9);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(199);
    expect(median(times)).toBeLessThan(200 + SLACK_MS);
  });

  it('latencies of both directions add up, and so do two of one', async () => {
    await bench.add({ type: 'latency', latency: 80, direction: 'up' });
    await bench.add({ type: 'latency', latency: 50 }, 'first');
    await bench.add({ type: 'latency', latency: 30 }, 'second');
    const times = await echoes(5);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(159);
    expect(median(times)).toBeLessThan(160 + SLACK_MS);
  });

  it('jitter spreads the latency over its whole width', async () => {
    await bench.add({ type: 'latency', latency: 60, jitter: 50 });
    const times = (await echoes(40)).sort((a, b) => a - b);
    const tenth = (share: number): number => times[share * 4] ?? Number.NaN;
    expect(tenth(0)).toBeGreaterThanOrEqual(9);
    expect(tenth(1)).toBeLessThan(45);
    expect(tenth(9)).toBeGreaterThan(85);
    expect(tenth(9)).toBeLessThan(110 + SLACK_MS);
  });

  it('jitter lets nothing overtake', async () => {
    await bench.add({ type: 'latency', latency: 60, jitter: 50 });
    const { client } = await bench.connected();
    const numbers = Array.from({ length: 40 }, (_, number) => `${number};`);
    for (const number of numbers) {
      client.socket.write(number);
      await sleep(2);
    }
    await client.hears(numbers.join(''));
  });

  it('a latency delays, it does not throttle', async () => {
    await bench.add({ type: 'latency', latency: 100 });
    const { client } = await bench.connected();
    expect(await client.echo('x'.repeat(2_000_000))).toBeLessThan(1_500);
  });

  it('taking the latency off lets through at once what waits', async () => {
    const { client } = await bench.connected();
    await bench.add({ type: 'latency', latency: 60_000 });
    client.socket.write('waits');
    await until('it waits at the link', () => bench.link.counts.bytesUp === 5 && bench.served[0]?.received === 'waits');
    expect(client.received).toBe('');
    await bench.link.remove('latency');
    await client.hears('waits');
    expect(await client.echo('and on')).toBeLessThan(SLACK_MS);
  });

  it('a bandwidth of 400 kB/s lets 200,000 bytes through in half a second', async () => {
    await bench.add({ type: 'bandwidth', rate: 400 });
    const { client } = await bench.connected();
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) took.push(await client.echo('x'.repeat(200_000)));
    const fastest = 200_000 / Math.min(...took);
    expect(fastest).toBeGreaterThan(400 * 0.75);
    expect(fastest).toBeLessThan(400 * 1.1);
    expect(Math.max(...client.arrivals.map(({ size }) => size))).toBeLessThanOrEqual(16_000);
    await bench.link.remove('bandwidth');
    expect(await client.echo('x'.repeat(200_000))).toBeLessThan(400);
  });

  it('a slicer cuts into slices of the size and distance that were asked for', async () => {
    await bench.add({ type: 'slicer', average_size: 100, size_variation: 20, delay: 8_000 });
    const { client } = await bench.connected();
    const took = await client.echo('x'.repeat(2_000));
    const sizes = client.arrivals.slice(0, -1).map(({ size }) => size);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(80);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(120);
    expect(new Set(sizes).size).toBeGreaterThan(5);
    expect(took).toBeGreaterThanOrEqual((client.arrivals.length - 1) * 8 - 1);
  });

  it('a slow close holds back the end, not the bytes', async () => {
    await bench.add({ type: 'slow_close', delay: 200 });
    const { client } = await bench.connected();
    const begun = performance.now();
    client.socket.end('last words');
    await client.hears('last words');
    expect(client.ended).toBe(false);
    await until('the end arrives', () => client.ended);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(199);
    expect(performance.now() - begun).toBeLessThan(200 + SLACK_MS);
  });
});
