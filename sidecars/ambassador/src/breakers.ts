import { hostname } from 'node:os';
import { actOn, type Resilient, viewOf } from '@souk/resilience';
import type { Ambassador } from './ambassador.js';
import type { Breakers } from './management.js';

/** What the management port shows of the circuits, and lets be done with them. */
export const breakersOf = (ambassador: Pick<Ambassador, 'policies'>): Breakers => ({
  list: () => ({ items: [...ambassador.policies().values()].map(shown) }),
  act: (name, action) => {
    const policy = ambassador.policies().get(name);
    return policy !== undefined && actOn(policy, action) ? shown(policy) : undefined;
  },
});

const shown = (policy: Resilient) => ({
  ...viewOf(policy.state()),
  process: `ambassador ${hostname()} ${process.pid}`,
});
