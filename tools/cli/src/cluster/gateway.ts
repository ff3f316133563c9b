import { ApiClient } from '../shop/api-client.ts';
import type { Tokens } from '../shop/token.ts';
import { forward, kubectlJson } from './kubectl.ts';
import type { ClusterRef, Forward } from './kubectl.ts';
import type { List, Node, ServiceObject } from './objects.ts';

/** A way to the gateway; `kind` says which, because a forward ends with this command. */
export interface Gateway {
  readonly url: string;
  readonly kind: 'node port' | 'load balancer' | 'port-forward';
  close(): Promise<void>;
}

/** The port of k8s/kind.yaml on this machine. */
const KIND_HOST_PORT = { nodePort: 30080, url: 'http://localhost:8080' };

/** Where the gateway may answer from outside the cluster, the likeliest first. Nothing is tried here. */
export function gatewayCandidates(
  context: string,
  service: ServiceObject | undefined,
  nodes: readonly Node[],
): { readonly url: string; readonly kind: 'node port' | 'load balancer' }[] {
  const balancers = (service?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
  const http = service?.spec.ports.find(({ name }) => name === 'http') ?? service?.spec.ports[0];
  if (!http) return [];
  const atNode = (host: string) => `http://${host}:${http.nodePort}`;
  const addresses = nodes.flatMap(({ status }) => status.addresses ?? []).filter(({ type }) => type !== 'Hostname');
  const mapped = context.startsWith('kind-') && http.nodePort === KIND_HOST_PORT.nodePort ? [KIND_HOST_PORT.url] : [];
  const atNodes = http.nodePort
    ? [...mapped, ...['127.0.0.1', ...addresses.map((one) => one.address)].map(atNode)]
    : [];
  return [
    ...balancers.map((host) => ({ url: `http://${host}:${http.port}`, kind: 'load balancer' as const })),
    ...[...new Set(atNodes)].map((url) => ({ url, kind: 'node port' as const })),
  ];
}

/** The node port or load balancer at which this machine reaches the gateway; undefined where there is none. */
export async function reachableGateway(ref: ClusterRef, tokens: Tokens): Promise<Omit<Gateway, 'close'> | undefined> {
  const tried = await candidates(ref);
  if (tried.length === 0) return undefined;
  const token = await tokens('souk-probe');
  for (const candidate of tried) {
    if (await isOurs(candidate.url, token)) return candidate;
  }
  return undefined;
}

/** Opens the gateway by its node port or load balancer where this machine reaches it and knows it, else by a port-forward. */
export async function openGateway(ref: ClusterRef, tokens: Tokens): Promise<Gateway> {
  const reachable = await reachableGateway(ref, tokens).catch(() => undefined);
  if (reachable) return { ...reachable, close: () => Promise.resolve() };
  const opened: Forward = await forward(ref, 'gateway', 'http');
  return { ...opened, kind: 'port-forward' };
}

async function candidates(ref: ClusterRef) {
  const { items } = await kubectlJson<List<ServiceObject>>(ref, [
    'get',
    'services',
    '--selector',
    'app.kubernetes.io/name=gateway',
  ]);
  const service = items.find(({ spec }) => spec.type === 'LoadBalancer' || spec.type === 'NodePort');
  if (!service) return [];
  const nodes = await kubectlJson<List<Node>>(ref, ['get', 'nodes'], { namespaced: false }).catch(() => ({
    items: [],
  }));
  return gatewayCandidates(ref.context, service, nodes.items);
}

/** The port may be another shop's, one on this machine for example: only the gateway of this cluster takes its tokens. */
async function isOurs(url: string, token: string): Promise<boolean> {
  const answer = await new ApiClient(url).send('GET', '/api/cart', { token, timeoutMs: 3_000 }).catch(() => undefined);
  const code = (answer?.body as { code?: string } | undefined)?.code;
  return answer?.status === 200 || (answer !== undefined && answer.status >= 500 && code !== undefined);
}
