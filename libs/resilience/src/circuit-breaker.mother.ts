import { type BreakerOptions, type CircuitChange, CircuitBreaker } from './circuit-breaker.js';
import type { Fault } from './faults.js';

export const TIMEOUT: Fault = { kind: 'timeout' };
export const REFUSED: Fault = { kind: 'unreachable' };
export const why = new Error('no route');

/** A breaker and the clock that it lives by. */
export class Lab {
  now = 0;
  readonly changes: CircuitChange[] = [];
  readonly breaker: CircuitBreaker;

  constructor(options: BreakerOptions = {}) {
    this.breaker = new CircuitBreaker(options, (change) => this.changes.push(change));
  }

  /** Whether the call went out. */
  call(fault?: Fault): boolean {
    const permit = this.breaker.admit(this.now);
    if (permit !== undefined) this.breaker.record(this.now, permit, fault, fault && why);
    return permit !== undefined;
  }

  calls(count: number, fault?: Fault): void {
    for (let call = 0; call < count; call++) this.call(fault);
  }

  pass(ms: number): this {
    this.now += ms;
    return this;
  }

  get circuit(): string {
    return this.breaker.state(this.now).circuit;
  }

  /** How long from now on nothing goes out; asked a millisecond at a time. */
  pauseMs(): number {
    let ms = 0;
    while (this.breaker.refuses(this.now + ms)) ms += 1;
    return ms;
  }
}
