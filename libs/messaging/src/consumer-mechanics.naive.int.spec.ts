import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isVariant } from '@souk/config';
import { ConsumerLab, thing } from './consumer-lab.mother.js';
import { WEAK_CONSUMERS, weakened } from './consumer-mechanics.naive.js';

/** What each variant loses or doubles, and what the sound consumer does under the same provocation. */
describe('the weakened consumers', () => {
  let lab: ConsumerLab;

  beforeAll(async () => {
    lab = await ConsumerLab.open('weak');
  });
  afterAll(() => lab.db.drop());
  beforeEach(() => lab.reset());

  const hostOf = (...variants: string[]) => lab.host({ weakening: weakened(variants) });
  const poison = (): void => {
    lab.before = async (key, n) => {
      if (key === 'bad' && n === 1) throw new Error('poison');
    };
  };

  it.each(Object.keys(WEAK_CONSUMERS))('%s is a variant that can be chosen', (name) => {
    expect(isVariant(name)).toBe(true);
  });

  it('are sound as long as none is chosen', () => {
    expect(weakened(['relay-cursor'])(lab.db.pool)).toEqual({});
  });

  it.each([
    ['the sound one', [], ['a:1']],
    ['consumer-no-inbox', ['consumer-no-inbox'], ['a:1', 'a:1']],
  ])('%s, after a repeated delivery', async (_name, variants, expected) => {
    const host = hostOf(...variants);
    await host.handle([thing('a', 1)]);
    await host.handle([thing('a', 1)]);
    expect(await lab.effects()).toEqual(expected);
  });

  it.each([
    ['the sound one', [], ['a:1']],
    ['consumer-inbox-apart', ['consumer-inbox-apart'], []],
  ])('%s, after an attempt that failed', async (_name, variants, expected) => {
    let failures = 1;
    lab.before = async () => {
      if (failures-- > 0) throw new Error('once');
    };
    await hostOf(...variants).handle([thing('a', 1)]);
    expect(await lab.effects()).toEqual(expected);
  });

  it.each([
    ['the sound one', [], [1, 1]],
    ['consumer-drop-poison', ['consumer-drop-poison'], [0, 0]],
  ])('%s, of a poison message: parked rows and dead letters', async (_name, variants, expected) => {
    poison();
    await hostOf(...variants).handle([thing('bad', 1)]);
    expect([await lab.count('parked_messages'), await lab.count('outbox')]).toEqual(expected);
  });

  it.each([
    ['the sound one', [], []],
    ['consumer-key-overtakes', ['consumer-key-overtakes'], ['bad:2']],
  ])('%s, of what comes after a poison message', async (_name, variants, expected) => {
    poison();
    await hostOf(...variants).handle([thing('bad', 1), thing('bad', 2)]);
    expect(await lab.effects()).toEqual(expected);
  });

  it('consumer-retry-forever: nothing comes past a poison message', async () => {
    poison();
    let attempts = 0;
    let enough = (): void => undefined;
    const tried = new Promise<void>((resolve) => (enough = resolve));
    const before = lab.before;
    lab.before = async (key, n) => {
      if (key === 'bad' && ++attempts > 4) enough();
      await before(key, n);
    };
    const host = hostOf('consumer-retry-forever');
    const handled = host.handle([thing('bad', 1), thing('good', 2)]);
    await tried;
    expect([await lab.effects(), await lab.count('parked_messages')]).toEqual([[], 0]);
    const refused = expect(handled).rejects.toThrow('stopped');
    await host.stop();
    await refused;
  });

  it.each([
    ['the sound one', [], false],
    ['consumer-ack-first', ['consumer-ack-first'], true],
  ])('%s: may its offsets be committed before the effect?', async (_name, variants, expected) => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    lab.before = () => gate;
    const host = hostOf(...variants);
    let acknowledged = false;
    const handled = host.handle([thing('a', 1)]).then(() => (acknowledged = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(acknowledged).toBe(expected);
    go();
    await handled;
    await host.stop();
  });
});
