import { isIPv6 } from 'node:net';
import type { ClientAddresses } from '../offloading/client-address.js';

type Given = Parameters<ClientAddresses['addressOf']>[0];
type Request = Pick<Given, 'headers'> & Partial<Pick<Given, 'raw'>>;

/** By what address somebody is counted of whom nothing else is known. */
export class CallerAddress {
  readonly #clients: Pick<ClientAddresses, 'addressOf'>;

  constructor(clients: Pick<ClientAddresses, 'addressOf'>) {
    this.#clients = clients;
  }

  of(request: Request): string {
    const address = this.#clients.addressOf({ headers: request.headers, raw: request.raw ?? {} });
    return isIPv6(address) ? networkOf(address) : address;
  }
}

/** The first four groups: whoever has one IPv6 address has all of its /64, and would else have as many budgets. */
export function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
