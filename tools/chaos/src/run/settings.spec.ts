import { describe, expect, it } from '@jest/globals';
import { SettingsInRun } from './settings.ts';

const sum = (...all: Record<string, string>[]) => {
  const settings = new SettingsInRun();
  for (const env of all) settings.add('order', { env });
  return settings.entries().map(([, { env }]) => env)[0];
};

describe('settings of processes in a run', () => {
  it('add up', () => {
    expect(sum({ A: '1' }, { B: '2' }, { A: '1' })).toEqual({ A: '1', B: '2' });
    const of = new SettingsInRun({ gateway: { env: {} }, order: { env: { A: '1' } } });
    expect(of.entries().map(([process]) => process)).toEqual(['gateway', 'order']);
  });

  it.each([
    [['on'], 'on'],
    [['on', 'relay.after-send=crash'], 'relay.after-send=crash'],
    [['a=crash,b=throw', 'on', 'a=crash'], 'a=crash,b=throw'],
    [[''], ''],
  ])('joins failpoints %j to %s', (given, joined) => {
    expect(sum(...given.map((one) => ({ SOUK_FAILPOINTS: one })))).toEqual({ SOUK_FAILPOINTS: joined });
  });

  it('joins variants', () =>
    expect(sum({ SOUK_VARIANTS: 'a,b' }, { SOUK_VARIANTS: 'c' })).toEqual({ SOUK_VARIANTS: 'a,b,c' }));

  it('refuses two values of one variable', () =>
    expect(() => sum({ A: '1' }, { A: '2' })).toThrow('order cannot have A both 1 and 2'));
});
