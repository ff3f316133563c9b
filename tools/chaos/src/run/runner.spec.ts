import { describe, expect, it } from '@jest/globals';
import type { Injecting } from '../faults/fault.ts';
import type { Hypothesis } from './hypothesis.ts';
import { Runner } from './runner.ts';
import { SAME, world } from './runner.mother.ts';

const hypothesis = (phase: Hypothesis['phase'], figure: () => number): Hypothesis => ({
  phase,
  that: `${phase} is well`,
  measure: 'm',
  unit: '',
  bound: { atMost: 5 },
  skip: 0,
  needs: [],
  figure,
});

describe('a run', () => {
  it('goes through its phases in their order, and undoes each part where it ends', async () => {
    const { log, parts, run } = world();
    expect(await run()).toMatchObject({ how: 'done', expectations: [], leftBehind: [] });
    expect(log).toEqual([
      'restart order {"A":"1"}',
      'ready order,kafka',
      'instruments',
      'load',
      'broken',
      'sample {}',
      'undo: start kafka',
      'ready order,kafka',
      'no load',
      'look',
      'no load',
      'no samples',
      'undo: run order as before',
      'closed',
    ]);
    const { phases } = parts.recorder;
    expect(Object.keys(phases)).toEqual(['prepare', 'baseline', 'hold', 'heal', 'quiesce', 'check', 'clean-up']);
    expect([phases.hold, phases.heal, phases.check]).toEqual([6_000, 16_000, 20_000]);
  });

  it('writes the way back of a setting down before the process is started with it', async () => {
    const { parts, journal, run } = world();
    const seen: string[][] = [];
    const restart = async () => void seen.push(journal.entries.map(({ says }) => says));
    Object.assign(parts.target, { restart });
    await run();
    expect(seen).toEqual([['run order as before']]);
  });

  it('adds the settings of the caller to those of the faults', async () => {
    const { log, parts, plan: whole } = world();
    const plan = { ...whole, injections: [] };
    await new Runner(plan, { ...parts, settings: { gateway: { env: {} } } }, new AbortController().signal).run();
    expect(log[0]).toBe('restart gateway {}');
  });

  it('begins a fault at its time, and undoes it alone where it does not last', async () => {
    const { parts, run } = world({ after: 2_000, lasts: 3_000 });
    await run();
    const at = (what: string, text: string) =>
      parts.recorder.marks.find((mark) => mark.what === what && mark.text === text)?.at;
    expect(at('fault', 'kafka stopped')).toBe(8_000);
    expect(parts.journal.entries).toEqual([]);
    expect(parts.recorder.phases.heal).toBe(16_000);
  });

  it('breaks nothing where the shop is not steady', async () => {
    const { log, run } = world({ plan: { hypotheses: [hypothesis('before', () => 9)] } });
    expect(await run()).toMatchObject({ how: 'unsteady', endedIn: 'baseline' });
    expect(log).not.toContain('broken');
    expect(log).toContain('undo: run order as before');
  });

  it('is ended by its abort rule, looked at each second, and undone at once', async () => {
    const w = world({ plan: { hypotheses: [hypothesis('abort', () => (w.clock.ms > 9_000 ? 9 : 1))] } });
    expect(await w.run()).toMatchObject({ how: 'aborted', expectations: [{ phase: 'abort', ok: false }] });
    expect(w.parts.recorder.phases.heal).toBe(10_000);
    expect(w.log).not.toContain('look');
    expect(w.journal.entries).toEqual([]);
  });

  it.each(['prepare', 'baseline', 'hold', 'quiesce', 'check'] as const)(
    'is undone at once by hand in %s',
    async (phase) => {
      const w = world();
      const begin = w.parts.recorder.begin.bind(w.parts.recorder);
      w.parts.recorder.begin = (name) => {
        begin(name);
        if (name === phase) w.halted.abort(new Error('by hand'));
      };
      const ended = await w.run();
      expect(ended).toMatchObject({ how: 'aborted', leftBehind: [] });
      expect(w.journal.entries).toEqual([]);
      const begun = (name: string) => w.log.filter((line) => line === name).length;
      expect(begun('broken')).toBe(
        phase === 'hold' || phase === 'quiesce' || phase === 'check' ? begun('undo: start kafka') : 0,
      );
    },
  );

  it('does not wait for the end of the hold when it is stopped by hand', async () => {
    const w = world();
    const inject = w.clock.sleep(9_000, new AbortController().signal).then(() => w.halted.abort(new Error('by hand')));
    await w.run();
    await inject;
    expect(w.parts.recorder.phases.heal).toBeLessThan(10_100);
  });

  it.each(['an injection', 'work in the background', 'a preparation'])(
    'that fails by itself in %s says nothing of the shop',
    async (what) => {
      const fail = async () => {
        throw new Error('it cannot');
      };
      const inject =
        what === 'an injection'
          ? fail
          : async ({ background }: Injecting) =>
              background(what === 'work in the background' ? fail() : Promise.resolve());
      const w = world({ inject, ...(what === 'a preparation' && { prepare: fail }) });
      expect(await w.run()).toMatchObject({ how: 'broken', why: 'it cannot', leftBehind: [] });
      expect(w.journal.entries).toEqual([]);
    },
  );

  it('undoes a fault that does not notice its end, and says so', async () => {
    const inject = async ({ journal }: Injecting) => {
      await journal.before({ undo: 'start', with: {}, says: 'start kafka' });
      await new Promise(() => undefined);
    };
    const w = world({ inject });
    expect(await w.run()).toMatchObject({ how: 'broken', why: expect.stringContaining('still being injected') });
    expect([w.log.includes('undo: start kafka'), w.journal.entries]).toEqual([true, []]);
  });

  it('lets nobody change anything more once everything is being undone', async () => {
    const slow = Promise.withResolvers<void>();
    const late = Promise.withResolvers<string>();
    const inject = async ({ journal }: Injecting) => {
      await slow.promise;
      await journal
        .before({ undo: 'start', with: {}, says: 'start kafka' })
        .catch((error: Error) => late.resolve(error.message));
    };
    const w = world({ inject });
    expect(await w.run()).toMatchObject({ how: 'broken' });
    slow.resolve();
    expect(await late.promise).toContain('everything is being undone');
    expect(w.journal.entries).toEqual([]);
  });

  it('tells work in the background when its fault is over', async () => {
    const ends: number[] = [];
    const w = world({
      lasts: 3_000,
      inject: async ({ background, until }) =>
        background(w.clock.sleep(Infinity, until).then(() => ends.push(w.clock.ms))),
    });
    await w.run();
    expect(ends).toEqual([9_000]);
  });

  it('looks again until the books agree, and no longer than it may take to heal', async () => {
    const wrong = [{ ...SAME, differences: ['sku A'] }];
    const heals = world({ looks: [wrong, wrong, [SAME]] });
    expect((await heals.run()).comparisons?.at(-1)?.differences).toEqual([]);
    expect(heals.log.filter((line) => line === 'look')).toHaveLength(3);
    const never = world({ looks: [wrong] });
    expect((await never.run()).comparisons?.at(-1)?.differences).toEqual(['sku A']);
    expect(never.clock.ms).toBe(16_000 + 20_000);
  });

  it('looks on where a look finds something else than the one before', async () => {
    const on = (...differences: string[]) => [{ ...SAME, differences }];
    const left = async (...looks: (typeof SAME)[][]) => (await world({ looks }).run()).comparisons?.at(-1)?.differences;
    expect(await left(on('A'), on('B'))).toEqual(['B']);
    expect(await left(on('A'), on('B'), on())).toEqual([]);
  });

  it('takes a last sample of what faults count at their very end', async () => {
    const w = world({
      inject: async ({ background, until, count }) =>
        background(w.clock.sleep(Infinity, until).then(() => count('sold', 3))),
    });
    await w.run();
    expect(w.log).toContain('sample {"own.sold":3}');
    expect(w.log.indexOf('sample {"own.sold":3}')).toBeLessThan(w.log.indexOf('look'));
  });

  it('says who was not ready in time, and still looks at the books', async () => {
    const w = world({
      ready: async () => {
        throw new Error('order not ready');
      },
    });
    expect(await w.run()).toMatchObject({
      how: 'done',
      notReady: 'order not ready',
      comparisons: [{ id: 'answers' }, SAME],
    });
  });

  describe('of a shop in which something cannot be undone', () => {
    const undo = () => {
      throw new Error('kafka does not start');
    };

    it.each<[string, number | undefined]>([
      ['with the hold', undefined],
      ['within the hold', 3_000],
    ])('still looks at everything, and says what is left: a fault that ends %s', async (_, lasts) => {
      const w = world({
        undo,
        ...(lasts !== undefined && { lasts }),
        plan: { hypotheses: [hypothesis('during', () => 9)] },
      });
      const ended = await w.run();
      expect(ended).toMatchObject({
        how: 'done',
        expectations: [{ ok: false }],
        comparisons: [{ id: 'answers' }, SAME],
      });
      expect(ended.leftBehind).toEqual(['run order as before', 'start kafka']);
      expect(w.parts.recorder.marks.map(({ text }) => text)).toContain('"start kafka" failed: kafka does not start');
      expect(w.parts.recorder.phases.heal).toBe(16_000);
    });

    it('has books that do not hold where nobody can read them', async () => {
      const w = world({ undo, check: () => Promise.reject(new Error('Kafka does not answer')) });
      const { how, comparisons } = await w.run();
      expect([how, comparisons?.map(({ id, differences }) => [id, differences])]).toEqual([
        'done',
        [['books', ['Kafka does not answer']]],
      ]);
    });

    it('is undone where it can be a little later, and then the run says nothing', async () => {
      let times = 0;
      const w = world({ undo: () => (times++ === 0 ? undo() : undefined) });
      const why = 'it was undone late: "start kafka" failed: kafka does not start';
      expect(await w.run()).toMatchObject({ how: 'broken', why, leftBehind: [] });
      expect(w.log.indexOf('undo: start kafka')).toBeGreaterThan(w.log.indexOf('look'));
    });
  });

  it('is broken by books that cannot be read where all was undone', async () => {
    const w = world({ check: () => Promise.reject(new Error('Kafka does not answer')) });
    expect(await w.run()).toMatchObject({ how: 'broken', why: 'Kafka does not answer', leftBehind: [] });
  });

  it('is broken where what it has put beside the shop ended by itself, whatever was seen', async () => {
    expect(await world({ died: ['it was too late to end order-2'] }).run()).toMatchObject({
      how: 'broken',
      why: 'it was too late to end order-2',
    });
  });

  it('says how the load was not as meant', async () => {
    const loadNotAsMeant = { says: '3 of 90 visits were dropped', isLate: false };
    expect(await world({ notAsMeant: loadNotAsMeant }).run()).toMatchObject({ how: 'done', loadNotAsMeant });
    expect(await world().run()).not.toHaveProperty('loadNotAsMeant');
  });

  it('refuses settings of processes that are asked for while the fault is injected', async () => {
    const w = world({ inject: async ({ runWith }) => runWith('order', {}) });
    expect(await w.run()).toMatchObject({ how: 'broken', why: expect.stringContaining('too late') });
  });
});
