import { describe, expect, it } from '@jest/globals';
import { frameOf } from './frame.ts';
import { someObservations } from './runs.mother.ts';
import { BREAKERS, PROCESSES, renderStrips, stretches } from './strip.ts';

const series = (...values: (number | undefined)[]) => values.map((value, index) => ({ at: index * 1_000, value }));

describe('the states of a breaker', () => {
  it('last until the next sample, the last one to the end', () => {
    expect(stretches(series(0, 0, 1, 2, 0), BREAKERS.states, 6_000)).toEqual([
      { state: 'closed', from: 0, to: 2_000 },
      { state: 'open', from: 2_000, to: 3_000 },
      { state: 'half-open', from: 3_000, to: 4_000 },
      { state: 'closed', from: 4_000, to: 6_000 },
    ]);
  });

  it('are not known where nothing was seen', () => {
    expect(stretches(series(1, undefined, 1), BREAKERS.states, 3_000)).toEqual([
      { state: 'open', from: 0, to: 1_000 },
      { state: 'open', from: 2_000, to: 3_000 },
    ]);
  });
});

describe('strips', () => {
  const phases = { baseline: 8_000, hold: 16_000, heal: 36_000, quiesce: 40_000, 'clean-up': 58_000 };
  const frame = frameOf({ ...someObservations(), phases });
  const text = (kind: typeof BREAKERS, ...samples: [number, Record<string, number>][]) =>
    renderStrips(
      kind,
      samples.map(([at, seen]) => ({ at, series: seen })),
      frame,
    )?.text.replaceAll('\u00a0', ' ') ?? '';

  it('show the breakers that moved, and name the others', () => {
    const shown = text(
      BREAKERS,
      [8_000, { 'breaker.gateway.catalog': 0, 'breaker.gateway.order': 0 }],
      [18_000, { 'breaker.gateway.catalog': 0, 'breaker.gateway.order': 1 }],
      [23_000, { 'breaker.gateway.catalog': 0, 'breaker.gateway.order': 0 }],
    );
    expect(shown).toContain('closed all along: gateway → catalog.');
    expect(shown).toContain('<desc>closed from −8 s, open from +2 s, closed from +7 s</desc>');
    expect(shown).toContain('not closed for 5 s');
    expect(shown.match(/<title>/g)).toHaveLength(1);
    expect(shown).toMatch(/class="state-1" x="20" y="0" width="10" height="100"/);
  });

  it('show when a process was not ready', () => {
    const shown = text(
      PROCESSES,
      [8_000, { 'ready.kafka': 1 }],
      [20_500, { 'ready.kafka': 0 }],
      [33_000, { 'ready.kafka': 1 }],
    );
    expect(shown).toContain('not ready for 12.5 s');
    expect(shown).toMatch(/class="state-1" x="25" y="0" width="25" height="100"/);
  });

  it('are nothing where there are none', () => expect(renderStrips(BREAKERS, [], frame)).toBeUndefined());
});
