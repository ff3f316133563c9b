import type { Content, Expectation } from './judge.ts';
import type { Target } from './prober.ts';

export const HEALTH_KEY_HEADER = 'x-health-key';

export interface Limits {
  readonly maxMs: number;
  readonly maxDnsMs: number;
  readonly certDays: number;
}

/** The shop as a prober sees it: its door, and the management port of each process. */
export interface Shop {
  readonly gatewayUrl: string;
  /** Base URLs of management ports whose processes have a deep check, by name. */
  readonly deep: Readonly<Record<string, string>>;
  /** Of those that stand on nothing, and say only whether they are ready. */
  readonly ready: Readonly<Record<string, string>>;
  readonly key: string;
}

/** What is looked at in a round, the missing page included: an address where nothing is must be a 404 (HEM-12). */
export function targetsOf({ gatewayUrl, deep, ready, key }: Shop, limits: Limits): Target[] {
  const expect = (status: number, content?: Content): Expectation => ({
    ...limits,
    status,
    ...(content !== undefined && { content }),
  });
  const headers = { [HEALTH_KEY_HEADER]: key };
  return [
    { name: 'shop', url: `${gatewayUrl}/`, expected: expect(200, { includes: 'Souk' }) },
    {
      name: 'products',
      url: `${gatewayUrl}/api/products?pageSize=1`,
      expected: expect(200, { includes: '"items":[{' }),
    },
    { name: 'missing page', url: `${gatewayUrl}/api/no-such-address`, expected: expect(404, 'problem') },
    ...Object.entries(deep).map(([name, url]) => ({
      name,
      url: `${url}/healthz`,
      headers,
      expected: expect(200, 'health'),
    })),
    ...Object.entries(ready).map(([name, url]) => ({ name, url: `${url}/readyz`, expected: expect(200) })),
  ];
}

/** The address that answers with a failure on purpose, of the first process that has one. */
export function testTarget({ deep, key }: Shop, limits: Limits): Target | undefined {
  const [first] = Object.entries(deep);
  if (first === undefined) return undefined;
  const [name, url] = first;
  const headers = { [HEALTH_KEY_HEADER]: key };
  return { name: `${name} test address`, url: `${url}/healthz/test`, headers, expected: { ...limits, status: 200 } };
}

/** `catalog=http://catalog-each:9090,order=http://order-each:9090` by name. @throws Error naming what is neither */
export function parseTargets(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair): [string, string] => {
    const [name = '', url = ''] = pair.trim().split(/=(.*)/);
    if (!/^[a-z][a-z0-9-]*$/.test(name) || !URL.canParse(url)) throw new Error(`${pair} is not name=URL`);
    return [name, new URL(url).origin];
  });
  return Object.fromEntries(pairs);
}
