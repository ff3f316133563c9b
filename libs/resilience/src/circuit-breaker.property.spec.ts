import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Lab, REFUSED, TIMEOUT } from './circuit-breaker.mother.js';

describe('whatever happens', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('begin' as const) }),
    fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(20),
      fault: fc.constantFrom(undefined, undefined, TIMEOUT, REFUSED, { kind: 'busy', retryAfterMs: 2_500 } as const),
    }),
    fc.record({ do: fc.constant('leave' as const), which: fc.nat(20) }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.nat(2_000) }),
  );

  it('CB-3: an open circuit admits nothing, a half-open one never more than its trials, and every change is told', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 4 }), (steps, trials) => {
        const lab = new Lab({ minimumCalls: 3, trials, successes: 1, openMs: 500 });
        const underWay: number[] = [];
        let trying: number[] = [];
        for (const one of steps) {
          if (one.do === 'pass') lab.pass(one.ms);
          else if (one.do === 'begin') {
            const { circuit, openUntil = 0 } = lab.breaker.state(lab.now);
            const permit = lab.breaker.admit(lab.now);
            expect(permit === undefined).toBe(
              (circuit === 'open' && lab.now < openUntil) || (circuit === 'half-open' && trying.length >= trials),
            );
            if (permit === undefined) continue;
            underWay.push(permit);
            if (circuit === 'open') trying = [];
            if (circuit !== 'closed') trying.push(permit);
          } else {
            const [permit] = underWay.splice(one.which, 1);
            if (permit === undefined) continue;
            if (one.do === 'leave') lab.breaker.release(permit);
            else lab.breaker.record(lab.now, permit, one.fault);
            const at = trying.indexOf(permit);
            if (at >= 0) trying.splice(at, 1);
          }
        }
        const chain = lab.changes.map(({ from }) => from).slice(1);
        expect(chain).toEqual(lab.changes.map(({ to }) => to).slice(0, -1));
        expect(lab.changes.at(-1)?.to ?? 'closed').toBe(lab.circuit);
      }),
      { numRuns: 500, seed: Number(process.env['SOUK_SEED'] ?? 7) },
    );
  });
});
