import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Door, openDoor } from '../support/door.ts';
import { send } from '../support/send.ts';
import { IS_SHORT } from '../support/shop.ts';
import { LARGE, SlowClients, slowKinds } from './slow/slow-clients.ts';
import { portOf } from './wire/smuggling.ts';

const RUN_MS = 300_000;
const EVERY_MS = 100;
/** A busy machine; a gateway that is full answers nobody, or a second later. */
const SOON_MS = 2_000;
const LARGE_ANSWER = Buffer.alloc(8 * 1_048_576, ' ');
/** The others wait for half a minute and for more than three. */
const IN_SHORT = ['silent', 'slow in the head'];

describe('clients who take their time', () => {
  let door: Door;
  let clients: SlowClients[] = [];
  const latencies: number[] = [];
  const failures: string[] = [];
  let watching = true;
  let watched: Promise<void>;

  beforeAll(async () => {
    door = await openDoor('echo');
    door.echo.answer = ({ url }, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(LARGE.endsWith(url) ? LARGE_ANSWER : '{}');
    const token = await door.tokens.user('slow');
    const head = ['Host: shop.test', `Authorization: Bearer ${token}`, 'Content-Type: application/json'];
    const post = `POST /api/cart/items HTTP/1.1\r\n${head.join('\r\n')}\r\n`;
    const kinds = slowKinds(post).filter(({ name }) => !IS_SHORT || IN_SHORT.includes(name));
    clients = kinds.map((kind) => new SlowClients(portOf(door.url), kind));
    watched = watch();
    const longest = Math.max(...kinds.map(({ goneWithinMs }) => goneWithinMs));
    const end = performance.now() + longest;
    while (performance.now() < end && clients.some(({ kind, left }) => kind.reads && left > 0)) await sleep(EVERY_MS);
    if (!IS_SHORT) await sleep(Math.max(0, end - performance.now()));
    for (const one of clients) one.wake();
    await sleep(SOON_MS);
    watching = false;
    await watched;
  }, RUN_MS);
  afterAll(async () => {
    for (const one of clients) one.hangUp();
    await door?.close();
  });

  /** Somebody else, meanwhile. */
  async function watch(): Promise<void> {
    while (watching) {
      const started = performance.now();
      const { status } = await send(door.url, '/api/products').catch(() => ({ status: 0 }));
      if (status !== 200) failures.push(`answered ${status}`);
      latencies.push(performance.now() - started);
      await sleep(EVERY_MS);
    }
  }

  it('are sent away when their time is over', () => {
    for (const { kind, left, goneAfterMs } of clients)
      process.stdout.write(
        `  ${kind.count} ${kind.name}: ${left} left, the last gone after ${Math.round((goneAfterMs ?? 0) / 1_000)} s\n`,
      );
    const left = clients.filter((one) => one.left > 0).map((one) => `${one.left} ${one.kind.name} are still there`);
    const late = clients
      .filter(({ kind, goneAfterMs = 0 }) => kind.reads && goneAfterMs > kind.goneWithinMs)
      .map(({ kind, goneAfterMs }) => `${kind.name}: the last one after ${goneAfterMs} ms`);
    // Who is refused at the door has tried nobody's patience.
    const early = clients
      .filter(({ kind, firstGoneAfterMs = 0 }) => firstGoneAfterMs < kind.staysMs)
      .map(({ kind, firstGoneAfterMs = 0 }) => `${kind.name}: the first one after ${Math.round(firstGoneAfterMs)} ms`);
    expect([...left, ...late, ...early]).toEqual([]);
  });

  it('keep nobody else waiting', () => {
    const sorted = latencies.toSorted((one, other) => one - other);
    const p95 = sorted[Math.floor(sorted.length * 0.95)] ?? Infinity;
    process.stdout.write(`  others meanwhile: ${sorted.length} answers, 95 % within ${Math.round(p95)} ms\n`);
    expect(failures).toEqual([]);
    expect(sorted.length).toBeGreaterThan(50);
    expect(p95).toBeLessThan(SOON_MS);
  });
});
