import { ANONYMOUS, authenticationRequired, CodedError, type Principal } from '@souk/http';
import type { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import type { Visit } from '../gatekeeper/visit.js';
import type { Access } from '../routing/routes.js';
import { type Price, priceOf } from '../throttling/plan.js';
import type { Throttle } from '../throttling/throttle.js';
import { isPartOfBatch } from './sub-request.js';

/**
 * Pattern: Gatekeeper (the inner line of it), for a process that only the gateway calls. It believes the gateway's token alone, and what
 * it lets in goes on with that same token.
 */
export class InnerGatekeeper implements Pick<Gatekeeper, 'admit'> {
  readonly #principalOf: (authorization: string | undefined) => Promise<Principal>;
  readonly #throttle: Throttle;

  /** `principalOf` @throws CodedError 401 for what is no token of the gateway */
  constructor(principalOf: (authorization: string | undefined) => Promise<Principal>, throttle: Throttle) {
    this.#principalOf = principalOf;
    this.#throttle = throttle;
  }

  /** @throws CodedError 401, 403, 429 by the codes of the gateway's own door */
  async admit(visit: Visit, access: Access, price: Price = priceOf(visit.request)): Promise<string> {
    const { headers, raw } = visit.request;
    const caller = await this.#principalOf(headers.authorization);
    // The gateway took the price of what it sent; what is in a batch is first seen here.
    if (isPartOfBatch(raw)) this.#throttle.charge(visit, caller, price);
    const isKnown = caller.sub !== ANONYMOUS;
    if (isKnown) visit.request.caller = caller.sub;
    if (access !== 'anonymous' && !isKnown) throw authenticationRequired();
    if (access === 'admin' && !caller.roles.includes('admin'))
      throw new CodedError('forbidden', 'forbidden', 'This needs the role admin.');
    return headers.authorization?.replace(/^Bearer /i, '') ?? '';
  }
}
