import type { WeakDoor } from '../support/check.ts';
import { IS_SHORT } from '../support/shop.ts';
import { slowHeads, smuggledRequests } from './wire/checks.ts';

/** To see that somebody is waited for one has to wait as long, twice. */
const TAKES_LONG: readonly WeakDoor[] = [{ variant: 'clients-awaited', service: 'gateway', caughtBy: [slowHeads] }];

/** Doors that are weak against what is no proper request at all. */
export const ABUSED_DOORS: readonly WeakDoor[] = [
  { variant: 'parser-lenient', service: 'gateway', caughtBy: [smuggledRequests] },
  ...(IS_SHORT ? [] : TAKES_LONG),
];
