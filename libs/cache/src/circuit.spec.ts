import { beforeEach, describe, expect, it } from '@jest/globals';
import { Circuit } from './circuit.js';

describe('the circuit before the shared level', () => {
  let now: number;
  let circuit: Circuit;

  beforeEach(() => {
    now = 0;
    circuit = new Circuit({ limit: 3, pauseMs: 1_000, now: () => now });
  });
  const fail = (times: number): void => {
    for (let n = 0; n < times; n++) circuit.failed();
  };

  it('asks until three calls in a row have failed', () => {
    fail(2);
    expect([circuit.closed, circuit.mayAsk()]).toEqual([true, true]);
    circuit.succeeded();
    fail(2);
    expect(circuit.mayAsk()).toBe(true);
    fail(1);
    expect([circuit.closed, circuit.mayAsk()]).toEqual([false, false]);
  });

  it('lets one caller a pause find out', () => {
    fail(3);
    now = 999;
    expect(circuit.mayAsk()).toBe(false);
    now = 1_000;
    expect([circuit.mayAsk(), circuit.mayAsk()]).toEqual([true, false]);
    now = 1_999;
    expect(circuit.mayAsk()).toBe(false);
    now = 2_000;
    expect(circuit.mayAsk()).toBe(true);
    circuit.failed();
    expect(circuit.mayAsk()).toBe(false);
    now = 3_000;
    expect(circuit.mayAsk()).toBe(true);
  });

  it('asks again after one success', () => {
    fail(30);
    circuit.succeeded();
    expect([circuit.closed, circuit.mayAsk(), circuit.mayAsk()]).toEqual([true, true, true]);
  });
});
