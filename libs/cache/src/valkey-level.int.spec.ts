import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startValkeyServer, waitFor } from '@souk/testing';
import type { ValkeyServer } from '@souk/testing';
import { Redis } from 'ioredis';
import { sharedLevelSuite } from './shared-level.suite.js';
import { aReplica, CardStore, cards, cardAt } from './test/cache.mother.js';
import { ValkeyLevel } from './valkey-level.js';

const quiet = { info: () => undefined, warn: () => undefined };
const KEY = '{test:1}:card:a';

describe('Valkey as the shared level', () => {
  let server: ValkeyServer;
  /** Looks at what is there, past all that is tested. */
  let eye: Redis;

  beforeAll(async () => {
    server = await startValkeyServer();
  }, 20_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    eye = new Redis(server.url);
    await eye.flushall();
  });
  afterEach(() => eye.disconnect());

  const open = (channel = 'test'): ValkeyLevel =>
    new ValkeyLevel({ url: server.url, channel, logger: quiet, timeoutMs: 500, pauseMs: 100 });
  const isUp = async (level: ValkeyLevel): Promise<void> => {
    await waitFor(() => level.read('x', 'x'), { what: 'the shared level' });
    const listens = async () => Number((await eye.pubsub('NUMSUB', 'test'))[1]) > 0;
    await waitFor(listens, { what: 'a listener' });
  };

  it('says that it is there as soon as it can be asked and hears of changes', async () => {
    const level = open();
    await level.known(10_000);
    expect(level.stats().up).toBe(true);
    expect(await level.read('x', 'x')).toEqual({ text: undefined, floor: 0 });
    expect((await eye.pubsub('NUMSUB', 'test'))[1]).toBe(1);
    // Once known, nobody waits again.
    await Promise.all([level.known(1), level.known(1)]);
    await level.close();
  });

  it('says that it is not there as soon as the connection is refused', async () => {
    await server.kill();
    const level = open();
    const began = performance.now();
    await Promise.all([level.known(60_000), level.known(60_000)]);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(level.stats().up).toBe(false);
    await level.close();
    await server.start();
  });

  const bothListen = () =>
    waitFor(async () => Number((await eye.pubsub('NUMSUB', 'test'))[1]) === 2, {
      what: 'two listeners',
    });

  describe('by itself', () => {
    sharedLevelSuite(async () => {
      const [level, other] = [open(), open()];
      await Promise.all([isUp(level), isUp(other)]);
      await bothListen();
      return { level, other, close: async () => void (await Promise.all([level.close(), other.close()])) };
    });
  });

  describe('with a cache before it', () => {
    let level: ValkeyLevel;
    let store: CardStore;
    let replica: ReturnType<typeof aReplica>;

    beforeEach(async () => {
      level = open();
      await isUp(level);
      store = new CardStore();
      store.put('a', 'Apple');
      replica = aReplica(store, level);
    });
    afterEach(() => level.close());

    const kept = () => waitFor(() => eye.get(KEY), { what: 'the entry' });

    it('CCH-3 value and end are one command, and nothing has no end', async () => {
      const seen: string[][] = [];
      const monitor = await eye.monitor();
      monitor.on('monitor', (_time: string, args: string[]) => seen.push(args));
      await replica.card('a');
      await kept();
      await replica.put('a', 'Apricot');
      await replica.titles();
      await waitFor(() => eye.exists('{test:1}:titles:all'), { what: 'the titles' });
      // The server tells of commands in the order in which they came, and a little later.
      await eye.echo('the end');
      await waitFor(() => seen.some(([name = '']) => name.toLowerCase() === 'echo'), { what: 'all that came before' });
      monitor.disconnect();
      // An entry, two floors, an entry: each is said with its end, and nothing is given an end afterwards.
      const writes = seen.filter(([name = '']) => /^(set|setex|psetex|p?expire(at)?|getex|persist)$/i.test(name));
      expect(writes.map(([name, , , unit]) => `${name?.toLowerCase()} ${unit}`)).toEqual(Array(4).fill('set PX'));
      const ends = await Promise.all((await eye.keys('*')).map((key) => eye.pttl(key)));
      expect(ends).toHaveLength(4);
      expect(Math.min(...ends)).toBeGreaterThan(50_000);
    });

    it('CCH-10 is one connection for a process, opened by the first use', async () => {
      const before = ((await eye.client('LIST')) as string).trim().split('\n').length;
      const lazy = open('lazy');
      const lines = async () => ((await eye.client('LIST')) as string).trim().split('\n').length;
      for (let n = 0; n < 5; n++) expect(await lines()).toBe(before);
      const other = aReplica(store, lazy);
      await Promise.all(Array.from({ length: 50 }, (_, n) => other.card(String(n))));
      await waitFor(async () => Number((await eye.pubsub('NUMSUB', 'lazy'))[1]) === 1, {
        what: 'it',
      });
      await Promise.all(Array.from({ length: 50 }, (_, n) => other.card(String(n))));
      expect(await lines()).toBe(before + 1);
      await lazy.close();
    });

    it('takes what another program has left there for nothing, and removes it', async () => {
      await eye.set(KEY, '\u0000\u0001 garbage', 'PX', 60_000);
      expect(await replica.card('a')).toMatchObject({ title: 'Apple' });
      await waitFor(async () => (await eye.get(KEY))?.startsWith('1 {'), { what: 'the true entry' });
      await eye.del(KEY);
      await eye.lpush(KEY, 'a list');
      expect(await aReplica(store, level).card('a')).toMatchObject({ title: 'Apple' });
    });

    it('CCH-9 that hangs costs a few limits once, then nothing, and is asked again by itself', async () => {
      await replica.card('a');
      await kept();
      server.freeze();
      try {
        const began = performance.now();
        for (let n = 0; n < 200; n++) expect(await aReplica(store, level).card('a')).toMatchObject({ title: 'Apple' });
        // Three limits of 500 ms; another one for each look that fell into the test.
        expect(performance.now() - began).toBeLessThan(4_000);
        expect(level.stats().up).toBe(false);
        await replica.put('a', 'Apricot');
        expect(await replica.card('a')).toMatchObject({ title: 'Apricot' });
        expect(level.stats().owed).toBe(1);
      } finally {
        server.thaw();
      }
      await waitFor(async () => (await level.read(KEY, '{test:1}:card-a'))?.floor === 2, {
        what: 'what was owed',
      });
      expect(level.stats()).toMatchObject({ up: true, owed: 0 });
      expect(await aReplica(store, level).card('a')).toMatchObject({ title: 'Apricot' });
    });

    it('CCH-9 that dies is missed by nobody, and filled again when it is back', async () => {
      await replica.card('a');
      await server.kill();
      const took: number[] = [];
      for (let n = 0; n < 3; n++) {
        const began = performance.now();
        expect(await aReplica(store, level).card('a')).toMatchObject({ title: 'Apple' });
        took.push(performance.now() - began);
      }
      // Who waits for an answer, or for a connection, waits for 500 ms; a busy machine may hold up one of them.
      expect(took.filter((ms) => ms < 500).length).toBeGreaterThanOrEqual(2);
      await replica.put('a', 'Apricot');
      await server.start();
      await isUp(level);
      expect(await aReplica(store, level).card('a')).toMatchObject({ title: 'Apricot' });
      await kept();
      const { queries } = store;
      expect(await aReplica(store, level).card('a')).toMatchObject({ title: 'Apricot' });
      expect(store.queries).toBe(queries);
    });

    it('lets its commands be traced, with what became of them', async () => {
      const traced: string[] = [];
      const trace = async <T>(command: string, run: () => Promise<T>): Promise<T> => {
        const answer = await run();
        traced.push(`${command} ${JSON.stringify(answer)}`);
        return answer;
      };
      const watched = new ValkeyLevel({ url: server.url, channel: 'test', logger: quiet, trace });
      await isUp(watched);
      traced.length = 0;
      const { card, put } = aReplica(store, watched);
      await card('a');
      await kept();
      await put('a', 'Apricot');
      expect(traced).toEqual(['MGET [null,null]', 'SET "OK"', 'EVAL 1']);
      await watched.close();
    });

    it('is not blamed for a busy process: an answer that came while it worked is taken', async () => {
      const hurried = new ValkeyLevel({ url: server.url, channel: 'test', logger: quiet, timeoutMs: 20 });
      await isUp(hurried);
      const { errors } = hurried.stats();
      for (let n = 0; n < 5; n++) {
        const answer = hurried.read(KEY, 'tag');
        for (const until = performance.now() + 60; performance.now() < until;);
        expect(await answer).toEqual({ text: undefined, floor: 0 });
      }
      expect(hurried.stats().errors).toBe(errors);
      await hurried.close();
    });

    it('is told what is owed as soon as it is back, with nobody asking and however long the pause', async () => {
      const patient = new ValkeyLevel({ url: server.url, channel: 'test', logger: quiet, pauseMs: 60_000 });
      await isUp(patient);
      await server.kill();
      for (let n = 0; n < 5; n++) await aReplica(store, patient).put('a', `Apple ${n}`);
      expect(patient.stats()).toMatchObject({ up: false, owed: 1 });
      await server.start();
      await waitFor(() => patient.stats().owed === 0, { what: 'what is owed to be told' });
      expect(patient.stats().up).toBe(true);
      expect((await patient.read(KEY, '{test:1}:card-a'))?.floor).toBe(6);
      await patient.close();
    });

    it('hears what others change, also after it was away', async () => {
      const other = open();
      await isUp(other);
      await server.kill();
      await server.start();
      await Promise.all([isUp(level), isUp(other)]);
      await bothListen();
      // Time stands still for its copies: they end with the news or not at all.
      const reader = aReplica(store, level, { now: () => 0 });
      await reader.card('a');
      await aReplica(store, other).put('a', 'Apricot');
      await waitFor(async () => (await reader.card('a'))?.version === 2, { what: 'the news' });
      await other.close();
    });
  });
});

describe('a server that takes connections and says nothing', () => {
  let sockets: Socket[];
  let mute: Server;
  let url: string;

  beforeEach(async () => {
    sockets = [];
    mute = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    url = `redis://127.0.0.1:${(mute.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => mute.close(resolve));
  });

  it('is waited for as long as one likes, and no longer than until it is closed', async () => {
    const level = new ValkeyLevel({ url, channel: 'test', logger: quiet });
    const began = performance.now();
    await level.known(300);
    const took = performance.now() - began;
    expect(took).toBeGreaterThanOrEqual(299);
    // Its silence would end the connection after 5 s.
    expect(took).toBeLessThan(4_000);
    expect([sockets.length, level.stats().up]).toEqual([1, false]);
    const waiting = level.known(60_000);
    await level.close();
    await waiting;
  });

  it('CCH-9 holds up nobody', async () => {
    const level = new ValkeyLevel({ url, channel: 'test', logger: quiet, timeoutMs: 2_000 });
    const store = new CardStore();
    const began = performance.now();
    for (let n = 0; n < 50; n++) await aReplica(store, level).cache.read(cards, cardAt('a'), () => store.find('a'));
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(store.queries).toBe(50);
    await level.close();
  });
});
