import { describe, expect, it } from '@jest/globals';
import { doorOf, gatewayCandidates } from './gateway.ts';
import { labels } from './cluster.mother.ts';
import { shopOptions } from './options.ts';
import type { ServiceObject } from './objects.ts';

const nodes = [
  {
    metadata: { name: 'n1' },
    status: {
      addresses: [
        { type: 'InternalIP', address: '10.0.0.7' },
        { type: 'Hostname', address: 'n1' },
      ],
    },
  },
];
const service = (type: string, nodePort?: number, ip?: string): ServiceObject => ({
  metadata: { name: 'gateway-public' },
  spec: { type, ports: [{ name: 'http', port: 80, ...(nodePort ? { nodePort } : {}) }] },
  ...(ip ? { status: { loadBalancer: { ingress: [{ ip }] } } } : {}),
});
const urls = (context: string, one: ServiceObject | undefined) =>
  gatewayCandidates(context, one, nodes).map(({ url }) => url);

describe('ways to the gateway', () => {
  it('are the node port on loopback and at the nodes', () => {
    expect(urls('lab', service('NodePort', 30081))).toEqual(['http://127.0.0.1:30081', 'http://10.0.0.7:30081']);
  });

  it('begin, in kind, with the port that k8s/kind.yaml maps', () => {
    expect(urls('kind-souk', service('NodePort', 30080))[0]).toBe('http://localhost:8080');
    expect(urls('kind-souk', service('NodePort', 30081))[0]).toBe('http://127.0.0.1:30081');
  });

  it('begin with a load balancer where there is one', () => {
    expect(urls('cloud', service('LoadBalancer', 31_000, '192.0.2.9'))[0]).toBe('http://192.0.2.9:80');
  });

  it('are none without a public Service: then a port-forward leads there', () => {
    expect(urls('cloud', undefined)).toEqual([]);
  });
});

describe('the door of a shop', () => {
  const of = (app: string, type = 'ClusterIP'): ServiceObject => ({
    metadata: { name: type === 'ClusterIP' ? app : 'gateway-public', labels: labels(app) },
    spec: { type, ports: [{ name: 'http', port: 80 }] },
  });
  const inside = [of('gateway'), of('gateway', 'NodePort')];

  it('is the gateway', () => expect(doorOf(inside)).toEqual({ name: 'gateway', outside: inside[1] }));

  it('GK-1 is the gatekeeper where there is one, whatever ports the gateway has', () => {
    const open = of('gatekeeper', 'LoadBalancer');
    expect(doorOf([...inside, of('gatekeeper'), open])).toEqual({ name: 'gatekeeper', outside: open });
    expect(doorOf([...inside, of('gatekeeper')])).toEqual({ name: 'gatekeeper', outside: undefined });
  });
});

describe('the options that name a shop', () => {
  it.each([
    [{ context: 'kind-souk', namespace: 'souk' }, '--on kind'],
    [{ context: 'lab', namespace: 'souk', isCurrent: true }, '--on current'],
    [{ context: 'lab', namespace: 'shop' }, '--on current --context lab --namespace shop'],
  ])('%j', (ref, options) => expect(shopOptions(ref)).toBe(options));
});
