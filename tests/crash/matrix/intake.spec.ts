import { describe, expect, it } from '@jest/globals';
import type { Edge } from '../../../tools/chaos/src/history/history.ts';
import { assertAsFastAsEver, type Intake, intakeOf } from './intake.ts';

/** One order a customer, which took so many ms; undefined is still waited for. */
const orders = (times: readonly (number | undefined)[], how: Edge['type'] = 'ok'): Edge[] =>
  times.flatMap((ms, process) => {
    const edge = { index: process * 2, process, f: 'place', key: `k${process}`, value: {} };
    const invoke = { ...edge, type: 'invoke', monoNs: '1000000' } as unknown as Edge;
    if (ms === undefined) return [invoke];
    return [invoke, { ...invoke, index: process * 2 + 1, type: how, monoNs: String(1_000_000 + ms * 1e6) }];
  });
const took = (medianMs: number, change: Partial<Intake> = {}): Intake => ({
  answered: 9,
  broken: 0,
  medianMs,
  ...change,
});

describe('the intake of orders', () => {
  it('is told from the history', () => {
    expect(intakeOf(orders([30, 10, 20]))).toEqual({ answered: 3, broken: 0, medianMs: 20 });
    expect(intakeOf(orders([30, 10], 'info'))).toMatchObject({ broken: 2 });
    expect(intakeOf([])).toEqual({ answered: 0, broken: 0, medianMs: Infinity });
  });

  it('does not look fast because the slow ones are still waited for', () => {
    expect(intakeOf(orders([10, 10, 10, undefined, undefined, undefined, undefined]))).toMatchObject({
      answered: 3,
      medianMs: Infinity,
    });
  });

  it('QLL-1: is as fast as ever up to three times and 200 ms', () => {
    expect(() => assertAsFastAsEver(took(20), took(260))).not.toThrow();
    expect(() => assertAsFastAsEver(took(20), took(261))).toThrow('taken slower');
    expect(() => assertAsFastAsEver(took(20), took(Infinity))).toThrow('taken slower');
  });

  it('proves nothing by few orders, or by such as had no answer', () => {
    expect(() => assertAsFastAsEver(took(20, { answered: 2 }), took(20))).toThrow('too few');
    expect(() => assertAsFastAsEver(took(20), took(20, { answered: 2 }))).toThrow('too few');
    expect(() => assertAsFastAsEver(took(20), took(20, { broken: 1 }))).toThrow('had no answer');
  });
});
