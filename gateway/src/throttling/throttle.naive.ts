import { Throttle } from './throttle.js';

/** Variant `throttle-off`: everybody may ask as much as they like. */
export class NoThrottle extends Throttle {
  charge(): void {}
}
