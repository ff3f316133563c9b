import type { Role } from '@souk/contracts';
import type { Visit } from '../gatekeeper/visit.js';
import type { Price } from './plan.js';

export interface Caller {
  readonly sub: string;
  readonly roles: readonly Role[];
}

/** Who asks, how they ask, and where it says what is left. */
export type Charged = Pick<Visit, 'request' | 'reply'>;

/** Takes the price of a request off what its caller may spend. Decides at once: no request ever waits for it. */
export abstract class Throttle {
  /**
   * `caller` is undefined for those of whom nothing but their address is known.
   * @throws CodedError 429 `rate-limited`, `caller-blocked`; 401 `api-key-invalid`
   */
  abstract charge(visit: Charged, caller: Caller | undefined, price: Price): void;
}
