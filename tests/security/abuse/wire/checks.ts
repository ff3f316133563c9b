import type { Check } from '../../support/check.ts';
import { inLanes } from '../lanes.ts';
import { LOOKS_LATE_MS } from '../slow/slow-clients.ts';
import { bodyInputs } from './body-inputs.ts';
import { headInputs } from './head-inputs.ts';
import { say } from './say.ts';
import { portOf, refusalOf } from './smuggling.ts';

/** One of so many: enough of each group, and quick. */
const EVERY = 6;
const SLOW_HEAD = 'GET /api/products HTTP/1.1\r\nHost: shop.test\r\nX-Slow: ';
/** The time for a head, and until the server looks. */
const PATIENCE_MS = 10_000 + LOOKS_LATE_MS;
/** A sound gateway ends the connection long before; one that is slow has not said nothing. */
const QUIET_MS = 2_000;
/** A weakened one keeps every connection open until the quiet is over. */
const LANES = 8;

export const smuggledRequests: Check = {
  name: 'smuggling (GK-3)',
  behind: 'echo',
  look: async ({ url, tokens }) => {
    const token = await tokens.user('smuggler');
    const post = `POST /api/cart/items HTTP/1.1\r\nHost: shop.test\r\nAuthorization: Bearer ${token}\r\n`;
    const inputs = [...bodyInputs(post), ...headInputs(post)].filter(({ outcome }) => outcome === 'closed');
    const some = inputs.filter((_, index) => index % EVERY === 0);
    const found = await inLanes(some, LANES, async (input) =>
      refusalOf(input, await say(portOf(url), input.bytes, { quietMs: QUIET_MS })),
    );
    return found.flat();
  },
};

export const slowHeads: Check = {
  name: 'slow clients (GK-3)',
  behind: 'echo',
  look: async ({ url }) => {
    const { closed } = await say(portOf(url), SLOW_HEAD, { quietMs: PATIENCE_MS, totalMs: PATIENCE_MS });
    return closed ? [] : ['a head that does not end is waited for'];
  },
};
